import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runModelCommand } from '../../../scripts/models/commands.ts'
import type { ModelCommandSettings } from '../../../scripts/models/settings.ts'
import { createContext } from '../../../src/context.ts'
import { pinModels } from '../../../src/models/catalog/lock.ts'
import type { CatalogModel } from '../../../src/models/catalog/manifest.ts'
import { parsePins } from '../../../src/models/catalog/manifest-file.ts'
import { openEngine } from '../../../src/models/engine/open.ts'
import { fixtureFolder, fixtureManifests } from '../../support/fixtures.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { type HubServer, startHubServer } from '../../support/hub-server.ts'
import { floatTensor, writeSafeTensors } from '../../support/safe-tensors.ts'
import { TINY_TOKENIZER, TINY_WORDS } from '../../support/tiny-model.ts'

const COMMIT = 'd'.repeat(40)
const bert = fixtureManifests.find(({ id }) => id === 'bert-int8')!
const read = (path: string) => readFileSync(join(fixtureFolder, bert.id, path))
const { revision: _, maxTokens: __, ...unpinned } = bert
const open: CatalogModel = {
  ...unpinned,
  aliases: ['quick'],
  repo: 'owner/bert',
  files: bert.files.map(({ path }) => ({ path })),
  canaries: [{ text: 'a cat', values: [1, 0, 0] }],
}
const static_: CatalogModel = {
  ...open,
  id: 'static',
  aliases: [],
  repo: 'owner/static',
  maxTokens: 64,
  dimensions: 2,
  specialTokens: false,
  dropUnknown: true,
  graphFrom: { kind: 'model2vec', path: 'model.safetensors' },
  canaries: [{ text: 'nurse', values: [2, 1] }],
}
const exported: CatalogModel = {
  ...open,
  id: 'exported',
  aliases: [],
  repo: 'owner/exported',
  maxTokens: 64,
  graphFrom: { kind: 'export', repo: 'owner/exported' },
  canaries: [],
}
const TABLE = TINY_WORDS.flatMap((word, index) => (word === 'nurse' ? [2, 1] : [index, -1]))

describe('npm run models', () => {
  let hub: HubServer
  let folder: string
  let printed: string[]
  let settings: ModelCommandSettings
  const run = (command: string, ...names: string[]) => runModelCommand(command, names, settings)
  const text = () => printed.join('\n')

  beforeAll(async () => {
    hub = await startHubServer()
    hub.put('owner/bert', COMMIT, 'model.onnx', read('model.onnx'), true)
    hub.put('owner/bert', COMMIT, 'tokenizer.json', read('tokenizer.json'))
    hub.put('owner/bert', COMMIT, 'sentence_bert_config.json', Buffer.from('{"max_seq_length":32}'))
    hub.put(
      'owner/bert',
      COMMIT,
      'config.json',
      Buffer.from('{"architectures":["BertModel"],"hidden_size":32}'),
    )
    hub.put(
      'owner/bert',
      COMMIT,
      'modules.json',
      Buffer.from('[{"type":"x.Transformer","path":""},{"type":"x.Pooling","path":"1_Pooling"}]'),
    )
    hub.put('owner/bert', COMMIT, '1_Pooling/config.json', Buffer.from('{"pooling_mode_mean_tokens":true}'))
    hub.put('owner/static', COMMIT, 'tokenizer.json', Buffer.from(TINY_TOKENIZER))
    const table = writeSafeTensors({ embeddings: floatTensor([TINY_WORDS.length, 2], TABLE) })
    hub.put('owner/static', COMMIT, 'model.safetensors', table, true)
    hub.put('owner/exported', COMMIT, 'tokenizer.json', read('tokenizer.json'))
    for (const name of ['bert', 'static', 'exported']) {
      hub.describe(`owner/${name}`, { main: COMMIT }, { license: 'mit', language: 'en' })
    }
  })
  afterAll(() => hub.close())
  beforeEach(() => {
    folder = temporaryFolder('models-command')
    printed = []
    writeFileSync(join(folder, 'catalog.json'), JSON.stringify([open, static_, exported]))
    settings = {
      catalog: join(folder, 'catalog.json'),
      lock: join(folder, 'models.lock.json'),
      folder: join(folder, 'models'),
      others: [],
      environment: { HF_ENDPOINT: hub.endpoint, MODEL_ALIASES: 'handy=static' },
      print: (line) => printed.push(line),
      progress: { write: () => true },
    }
  })
  const pins = () => parsePins(readFileSync(settings.lock, 'utf8'), settings.lock)

  it('pulls by alias, pins what the catalog leaves out, and serves the model from there', async () => {
    await run('pull', 'quick')
    expect(pins()['bert-int8']).toMatchObject({ revision: COMMIT, maxTokens: 32, files: bert.files })
    const { manifests } = pinModels([open], pins())
    const engine = openEngine({
      manifests,
      sources: [settings.folder],
      budgetBytes: 1e9,
      threads: 1,
      tokenBudget: 512,
    })
    const { vectors } = await engine.embed(
      { model: 'bert-int8', inputs: ['a cat'], options: {} },
      createContext(),
    )
    await engine.close()
    expect(Math.hypot(...vectors.data)).toBeGreaterThan(0)
  })

  it('says that the hub could not be reached, and what to do behind a firewall', async () => {
    settings = { ...settings, environment: { HF_ENDPOINT: 'http://127.0.0.1:9' } }
    await expect(run('pull', 'quick')).rejects.toMatchObject({
      code: 'upstream_failed',
      message: expect.stringMatching(/could not be reached \(.+\); .*HF_ENDPOINT=https:\/\/hf-mirror\.com/),
    })
  })

  it('fetches nothing that is there already, and goes on where it broke off', async () => {
    await run('pull', 'bert-int8')
    const graph = join(settings.folder, 'bert-int8', 'model.onnx')
    const bodies = () => hub.requests.filter(({ host, method }) => host === 'files' && method === 'GET')
    const before = bodies().length
    await run('pull', 'bert-int8')
    expect(bodies()).toHaveLength(before)
    writeFileSync(`${graph}.part`, readFileSync(graph).subarray(0, 50_000))
    renameSync(graph, join(folder, 'away'))
    await run('pull', 'bert-int8')
    expect(
      bodies()
        .slice(before)
        .map(({ range }) => range),
    ).toEqual([`bytes=50000-${read('model.onnx').length - 1}`])
    expect(readFileSync(graph).equals(read('model.onnx'))).toBe(true)
  })

  it('refuses what is on the hub now when it is not what was pinned', async () => {
    await run('pull', 'bert-int8')
    const lock = JSON.parse(readFileSync(settings.lock, 'utf8'))
    lock['bert-int8'].files[0].sha256 = '0'.repeat(64)
    writeFileSync(settings.lock, JSON.stringify(lock))
    await expect(run('pull', 'bert-int8')).rejects.toMatchObject({ code: 'artifact_corrupt' })
  })

  it('refuses a body that is not the file of the listing, and leaves nothing behind', async () => {
    const partial = join(settings.folder, 'bert-int8', 'tokenizer.json.part')
    mkdirSync(dirname(partial), { recursive: true })
    writeFileSync(partial, 'something else')
    await expect(run('pull', 'bert-int8')).rejects.toThrow(
      /not the file that its listing promised: expected git blob/,
    )
    expect(existsSync(partial)).toBe(false)
    await run('pull', 'bert-int8')
  })

  it('makes the graph of a Model2Vec model, and verifies its canaries', async () => {
    await run('pull', 'handy')
    await run('verify')
    expect(text()).toMatch(/static: 2 files as pinned, loads\n {2}right {2}cosine 1\.0000 {2}nurse/)
  })

  it('says when a canary sings another tune', async () => {
    await run('pull', 'bert-int8')
    await expect(run('verify', 'bert-int8')).rejects.toThrow('1 canaries have a cosine below 0.9')
    expect(text()).toMatch(/WRONG {2}cosine .* a cat/)
  })

  it('names a file that was changed after the pull', async () => {
    await run('pull', 'static')
    writeFileSync(join(settings.folder, 'static', 'tokenizer.json'), 'changed')
    await expect(run('verify', 'static')).rejects.toMatchObject({ code: 'artifact_corrupt' })
  })

  it('tells how to export a graph that is on no hub, and takes the exported one', async () => {
    await expect(run('pull', 'exported')).rejects.toThrow(/optimum-cli export onnx .*--model owner\/exported/)
    const target = join(settings.folder, 'exported', 'model.onnx')
    mkdirSync(dirname(target), { recursive: true })
    const float32 = join(fixtureFolder, 'bert-float32', 'model.onnx')
    await run('quantize', float32, target)
    await run('pull', 'exported')
    await run('verify', 'exported')
    expect(text()).toContain('exported: 2 files as pinned, loads, has no canaries')
    await run('quantize', join(fixtureFolder, 'roberta-float32', 'model.onnx'), target)
    await expect(run('pull', 'exported')).rejects.toThrow(
      'is not the graph that model exported was pinned with',
    )
  })

  it('lists models with where they were found', async () => {
    await run('pull', 'static')
    printed.length = 0
    await run('list')
    const line = (id: string) =>
      text()
        .split('\n')
        .find((row) => row.startsWith(id))
    expect(line('static')).toMatch(/handy +embed +2 +64 +.* MB int8 +.*models$/)
    expect(line('bert-int8')).toMatch(/quick +embed +32 +\? .*\? int8$/)
  })

  it('says of files that were copied into place what verify says of them: never pulled', async () => {
    mkdirSync(join(settings.folder, 'bert-int8'), { recursive: true })
    writeFileSync(join(settings.folder, 'bert-int8', 'model.onnx'), read('model.onnx'))
    await run('list')
    expect(text()).toMatch(/^bert-int8 .*models, never pulled$/m)
    await expect(run('verify', 'bert-int8')).rejects.toThrow('was never pulled')
  })

  it('pushes what is here once, graphs last, and first shows what it would', async () => {
    await run('pull', 'static')
    const place = join(folder, 'store')
    await runModelCommand('push', [place], { ...settings, dryRun: true })
    expect(text()).toContain('would upload')
    expect(existsSync(place)).toBe(false)
    printed.length = 0
    await run('push', place)
    expect(printed.at(-1)).toMatch(/^uploaded .*static\/model\.onnx/)
    printed.length = 0
    await run('push', place)
    expect(printed.every((line) => line.startsWith('there already'))).toBe(true)
  })

  it('adds a repository to the catalog, which can then be pulled', async () => {
    const settingsWithId = { ...settings, id: 'added' }
    await runModelCommand('add', ['owner/bert@main'], settingsWithId)
    await run('pull', 'added')
    expect(pins().added).toMatchObject({ revision: COMMIT, maxTokens: 32 })
    await expect(runModelCommand('add', ['owner/bert'], settingsWithId)).rejects.toThrow(
      'has a model added already',
    )
  })

  it('removes a model with its pin', async () => {
    await run('pull', 'static')
    await run('remove', 'static')
    expect(pins()).toEqual({})
    expect(existsSync(join(settings.folder, 'static'))).toBe(false)
  })

  it.each([
    ['an unknown command', 'fetch', [], 'There is no command fetch'],
    ['a pull of nothing', 'pull', [], 'Expected the ids or aliases'],
    ['an unknown model', 'pull', ['stati'], 'did you mean "static"'],
    ['a model that is not here', 'verify', ['static'], 'was never pulled'],
    ['a push to nowhere', 'push', [], 'No place to write to was named'],
    ['a push to the hub', 'push', ['hf:'], 'cannot be written'],
    ['a repository without an owner', 'add', ['bert'], 'expected owner/name'],
    ['a repository that is not there', 'add', ['owner/absent'], 'answered 401'],
    ['half of a quantization', 'quantize', ['a.onnx'], 'Expected quantize'],
  ])('refuses on the command line: %s', async (_, command, names, message) => {
    await expect(run(command, ...names)).rejects.toThrow(message)
  })
})
