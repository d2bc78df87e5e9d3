import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folders.ts'
import { at } from './rendered.ts'
import { CHART, installed, reason, runTool } from './tools.ts'

const folder = temporaryFolder('chart-refusals')

describe.skipIf(!installed)(`values that the chart refuses${reason}`, () => {
  test.each([
    [
      'drainSeconds=28',
      'drainSeconds is 28; expected at most 25, so that answers are out before graceSeconds (30)',
    ],
    ['autoscaling.minReplicas=20', 'autoscaling.minReplicas is 20; expected at most maxReplicas, 10'],
    ['settings.PORT=80', "invalid propertyName 'PORT'"],
    ['models.source=volume', '/models/volume/claimName'],
    [
      'settings.COLLECTIONS_PASSWORD=x,secretSettings.COLLECTIONS_PASSWORD.secret=s,secretSettings.COLLECTIONS_PASSWORD.key=k',
      'COLLECTIONS_PASSWORD is in settings and in secretSettings; give one of them',
    ],
    ['secretSettings.PORT.secret=s,secretSettings.PORT.key=k', "invalid propertyName 'PORT'"],
    ['replica=3', "additional properties 'replica' not allowed"],
    ['queueWorker.enabled=true', '/queueWorker/queueUrl'],
    ['queueWorker.keda.minReplicas=11', 'minReplicas is 11; expected at most maxReplicas, 10'],
    ['models.remote={hf:}', 'models.remote is given, and models.source is image'],
    ['models.source=init,models.remote=null,models.preload={fast}', 'give models.remote'],
    ['models.volume.claimName=models', 'models.volume.claimName is given, and models.source is image'],
    ['auth.tokensKey=tokens', 'auth.existingSecret is not, so that everyone would be served'],
    ['auth.existingSecret=s,auth.tokenKey=null', 'without a key of it, so that everyone would be served'],
    ['metrics.enabled=false,metrics.serviceMonitor.enabled=true', 'turn metrics on'],
    [
      'metrics.enabled=false,autoscaling.queueTime.enabled=true',
      'so that nobody tells the wait; turn metrics on',
    ],
    ['auth.tokenKey=api', 'auth.existingSecret is not, so that everyone would be served'],
    ['resources=null', 'resources.requests.cpu is not given'],
    ['resources.requests.cpu=0', 'resources.requests.cpu is 0, of which threads'],
    ['models=null', "missing property 'models'"],
    ['image.repository=registry.example.com/name:latest', '/image/repository'],
    ['podLabels.note=two words', '/podLabels/note'],
    ['topologySpread.keys={a: b}', '/topologySpread/keys/0'],
  ])('refuses --set %s', async (option, sentence) => {
    const { code, all: report } = await runTool('helm', ['template', 'emb', CHART, '--set', option])
    expect([code === 0, report]).toEqual([false, expect.stringContaining(sentence)])
  })

  test('takes an empty map or list of a values file for none', async () => {
    const path = join(folder, 'empty.yaml')
    const maps = ['settings', 'secretSettings', 'podLabels', 'podAnnotations', 'nodeSelector', 'affinity']
    const lists = ['tolerations', 'topologySpread:\n  keys', 'networkPolicy:\n  from', 'models:\n  preload']
    writeFileSync(path, [...maps, ...lists].map((name) => `${name}:\n`).join(''))
    const { code, all: report } = await runTool('helm', ['template', 'emb', CHART, '--values', path])
    expect([code, report]).toEqual([0, expect.stringContaining('kind: Deployment')])
  })

  test('leaves no setting to a Secret that another value of the chart sets', () => {
    const schema: unknown = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'))
    const refused = (name: string) => at(schema, `properties.${name}.propertyNames.not.enum`)
    expect(refused('secretSettings')).toEqual(refused('settings'))
  })

  test('asks for another name where the release begins with a digit, as no Service may', async () => {
    const { code, all: report } = await runTool('helm', ['template', '2024.q1', CHART])
    expect([code === 0, report]).toEqual([
      false,
      expect.stringContaining('give fullnameOverride, such as embeddings-2024-q1'),
    ])
  })
})
