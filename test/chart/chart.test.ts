import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { readConfig } from '../../src/config.ts'
import { isRecord } from '../../src/is-record.ts'
import { temporaryFolder } from '../support/folders.ts'
import { MACHINE } from '../support/settings.ts'
import { at, FOREIGN, type KubeObject, listAt, ofKind, type Rendered, renderAll } from './rendered.ts'
import { CHART, installed, reason, runTool } from './tools.ts'

const folder = temporaryFolder('chart')
let all: readonly Rendered[] = []

beforeAll(async () => {
  if (installed) all = await renderAll(folder)
}, 600_000)

const nameOf = (object: KubeObject) => `${String(object.kind)} ${String(at(object, 'metadata.name'))}`
const podOf = (object: KubeObject) => at(object, 'spec.template')

/** What each rendering is found to have wrong, with its name; none for none. */
const problemsOf = (find: (rendered: Rendered) => readonly string[]) =>
  all.flatMap((rendered) => find(rendered).map((problem) => `${rendered.name}: ${problem}`))

/** Containers of all pods, those of their start included. */
const containersOf = (rendered: Rendered) =>
  ofKind(rendered, 'Deployment').flatMap((object) => [
    ...listAt(podOf(object), 'spec.containers'),
    ...listAt(podOf(object), 'spec.initContainers'),
  ])

/** The environment of a container; what a Secret or the node gives is some word or number. */
function environmentOf(container: KubeObject): Record<string, string> {
  const entries = listAt(container, 'env').map((entry) => {
    const value = entry.value ?? (at(entry, 'valueFrom.resourceFieldRef') ? '1' : 'name=token')
    return [String(entry.name), value]
  })
  for (const [name, value] of entries) if (typeof value !== 'string') throw new Error(`${name} is no text`)
  return Object.fromEntries(entries)
}

const refusalOf = (environment: Record<string, string>) => {
  try {
    readConfig(environment, MACHINE)
    return []
  } catch (error) {
    return [String(error)]
  }
}

const matches = (selector: unknown, labels: unknown) =>
  isRecord(selector) &&
  isRecord(labels) &&
  Object.keys(selector).length > 0 &&
  Object.entries(selector).every(([name, value]) => labels[name] === value)

describe.skipIf(!installed)(`the chart, rendered${reason}`, () => {
  test('has neither an error nor a warning for Helm', async () => {
    const { code, all: report } = await runTool('helm', ['lint', '--strict', CHART])
    expect([code, report]).toEqual([0, expect.stringContaining('1 chart(s) linted, 0 chart(s) failed')])
    expect(report).not.toContain('WARNING')
  })

  test('renders every pair of choices', () => {
    expect(all.length).toBeGreaterThan(15)
    expect(new Set(all.flatMap(({ objects }) => objects.map(({ kind }) => kind)))).toEqual(
      new Set([
        ...['Deployment', 'HorizontalPodAutoscaler', 'NetworkPolicy', 'PodDisruptionBudget', 'Service'],
        ...['ServiceAccount', ...FOREIGN],
      ]),
    )
  })

  test('is what the schemas of Kubernetes 1.34 ask for, with no field more', async () => {
    const paths = all.map(({ objects }, index) => {
      const own = objects.filter(({ kind }) => !FOREIGN.includes(String(kind)))
      const path = join(folder, 'own', `${index}.yaml`)
      mkdirSync(join(folder, 'own'), { recursive: true })
      writeFileSync(path, own.map((object) => JSON.stringify(object)).join('\n---\n'))
      return path
    })
    const { code, all: report } = await runTool('kubernetes-validate', ['-k', '1.34.0', '--strict', ...paths])
    expect([code, report.match(/^.*(?:ERROR|WARN|did not pass).*$/gim)]).toEqual([0, null])
    expect(report.match(/passed for resource deployment/g)!.length).toBeGreaterThanOrEqual(all.length)
  })

  test('leaves nothing for checkov but images without a digest', async () => {
    mkdirSync(join(folder, 'checkov'))
    for (const [index, { objects }] of all.entries()) {
      const text = objects.map((object) => JSON.stringify(object)).join('\n---\n')
      writeFileSync(join(folder, 'checkov', `${index}.yaml`), text)
    }
    const args = ['-d', join(folder, 'checkov'), '--framework', 'kubernetes', '--skip-download', '-o', 'json']
    const { out } = await runTool('checkov', [...args, '--quiet', '--compact'])
    const report: unknown = JSON.parse(out)
    // Of a combination that asks for no NetworkPolicy, its absence is no finding.
    const isAsked = ({ check_id, file_path }: KubeObject) =>
      check_id === 'CKV_K8S_43' ||
      (check_id === 'CKV2_K8S_6' &&
        ofKind(all[Number.parseInt(String(file_path).slice(1), 10)]!, 'NetworkPolicy').length === 0)
    const failed = listAt(report, 'results.failed_checks').filter((check) => !isAsked(check))
    expect(failed.map(({ check_id, check_name, resource }) => [check_id, check_name, resource])).toEqual([])
    expect(at(report, 'summary.passed')).toBeGreaterThan(1000)
  })

  test('gives every container an environment that the program takes', () => {
    expect(
      problemsOf((rendered) => containersOf(rendered).flatMap((one) => refusalOf(environmentOf(one)))),
    ).toEqual([])
    const twice = problemsOf((rendered) =>
      containersOf(rendered).flatMap((container) => {
        const names = listAt(container, 'env').map(({ name }) => String(name))
        return names.filter((name, index) => names.indexOf(name) < index)
      }),
    )
    expect(twice).toEqual([])
  })

  test('stops pods by the same number of seconds that it tells them', () => {
    const wrong = problemsOf((rendered) =>
      ofKind(rendered, 'Deployment').flatMap((object) => {
        const [container] = listAt(podOf(object), 'spec.containers')
        const told = environmentOf(container!).GRACE_SECONDS
        const given = String(at(podOf(object), 'spec.terminationGracePeriodSeconds'))
        return told === given ? [] : [`${nameOf(object)}: ${told} and ${given}`]
      }),
    )
    expect(wrong).toEqual([])
  })

  test('selects the pods of exactly one Deployment by each selector, at ports that they have', () => {
    const problems = problemsOf((rendered) => {
      const deployments = ofKind(rendered, 'Deployment')
      const selected = ['Service', 'NetworkPolicy', 'PodDisruptionBudget'].flatMap((kind) =>
        ofKind(rendered, kind).map((object) => ({
          object,
          selector:
            at(object, 'spec.podSelector.matchLabels') ??
            at(object, 'spec.selector.matchLabels') ??
            at(object, 'spec.selector'),
          ports: [
            ...listAt(object, 'spec.ports').map(({ targetPort }) => targetPort),
            ...listAt(object, 'spec.ingress').flatMap((rule) =>
              listAt(rule, 'ports').map(({ port }) => port),
            ),
          ],
        })),
      )
      const own = deployments.map((object) => ({
        object,
        selector: at(object, 'spec.selector.matchLabels'),
        ports: [],
      }))
      return [...selected, ...own].flatMap(({ object, selector, ports }) => {
        const met = deployments.filter((one) => matches(selector, at(podOf(one), 'metadata.labels')))
        if (met.length !== 1) return [`${nameOf(object)} selects ${met.length} Deployments`]
        const names = listAt(podOf(met[0]!), 'spec.containers').flatMap((one) =>
          listAt(one, 'ports').map(({ name }) => name),
        )
        return ports
          .filter((port) => !names.includes(port))
          .map((port) => `${nameOf(object)} has no port ${String(port)}`)
      })
    })
    expect(problems).toEqual([])
  })

  test('names each object once, in 63 characters, and scales only what it made', () => {
    const problems = problemsOf((rendered) => {
      const names = rendered.objects.map(nameOf)
      const targets = ['HorizontalPodAutoscaler', 'ScaledObject'].flatMap((kind) =>
        ofKind(rendered, kind).map(
          (object) => `Deployment ${String(at(object, 'spec.scaleTargetRef.name'))}`,
        ),
      )
      return [
        ...names.filter((name, index) => names.indexOf(name) < index),
        ...rendered.objects.filter((object) => String(at(object, 'metadata.name')).length > 63).map(nameOf),
        ...targets.filter((target) => !names.includes(target)),
      ]
    })
    expect(problems).toEqual([])
  })

  test('lets pods reach the database of collections at its port, where there is one', () => {
    const wrong = problemsOf((rendered) => {
      const [server] = ofKind(rendered, 'Deployment')
      const [container] = listAt(podOf(server!), 'spec.containers')
      const place = listAt(container, 'env').find(({ name }) => name === 'COLLECTIONS')
      const value = String(place?.value ?? (place ? 'postgres:' : ''))
      const expected = value === 'postgres:' ? [5432] : value.startsWith('postgres') ? [5433] : []
      const policies = ofKind(rendered, 'NetworkPolicy')
      return policies.flatMap((policy) => {
        const ports = listAt(policy, 'spec.egress').flatMap((rule) =>
          listAt(rule, 'ports').map(({ port }) => port),
        )
        const opened = ports.filter((port) => port === 5432 || port === 5433)
        return opened.join() === expected.join() ? [] : [`${nameOf(policy)}: ${opened} for ${value}`]
      })
    })
    expect(wrong).toEqual([])
  })

  test('mounts what it declares and declares what it mounts', () => {
    const problems = problemsOf((rendered) =>
      ofKind(rendered, 'Deployment').flatMap((object) => {
        const volumes = listAt(podOf(object), 'spec.volumes').map(({ name }) => String(name))
        const mountedBy = (list: string) =>
          listAt(podOf(object), list).flatMap((one) =>
            listAt(one, 'volumeMounts').map(({ name }) => String(name)),
          )
        const [running, starting] = [mountedBy('spec.containers'), mountedBy('spec.initContainers')]
        return [
          ...volumes.filter((name) => !running.includes(name)),
          ...[...running, ...starting].filter((name) => !volumes.includes(name)),
        ].map((name) => `${nameOf(object)}: ${name}`)
      }),
    )
    expect(problems).toEqual([])
  })

  test('gives settings to the program as they are written, whatever they look like', async () => {
    const settings = {
      A: 0.25,
      B: 104857600,
      C: 1e21,
      D: '0123',
      E: 'a "b"\n中文: \'c\' {{ .Values }}',
      NO: true,
    }
    const values = ['--set-json', `settings=${JSON.stringify(settings)}`]
    const { out } = await runTool('helm', ['template', 'emb', CHART, ...values])
    const objects = parseAllDocuments(out).map((document) => document.toJS() as unknown)
    const server = objects.find((object) => at(object, 'kind') === 'Deployment')
    const written = listAt(server, 'spec.template.spec.containers.0.env')
      .filter(({ name }) => Object.hasOwn(settings, String(name)))
      .map(({ name, value }) => [name, value])
    expect(Object.fromEntries(written)).toEqual({
      ...settings,
      A: '0.25',
      B: '104857600',
      C: '1000000000000000000000',
      NO: 'true',
    })
  })

  test('prints a first request that is one for curl, with the token where there is one', async () => {
    const install = ['install', 'emb', CHART, '--dry-run=client', '--namespace', 'embeddings']
    const open = await runTool('helm', install)
    expect(open.out).toMatch(
      /curl http:\/\/localhost:3000\/embed -H 'content-type: application\/json' \\\n +-d '\{"input": "data engineer"\}'\n/,
    )
    const closed = await runTool('helm', [...install, '--set', 'auth.existingSecret=s,basePath=/x'])
    expect(closed.out).toContain(
      `curl http://localhost:3000/x/embed -H 'content-type: application/json' \\\n    -H "authorization: Bearer $(kubectl -n embeddings get secret s -o jsonpath='{.data.token}' | base64 -d)" \\\n    -d`,
    )
  })
})
