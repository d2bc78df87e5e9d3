import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openWritableStore } from '../../../scripts/console/writable-store.ts'
import { runModelCommand } from '../../../scripts/models/commands.ts'
import { pushGenerator } from '../../../scripts/models/generators/push.ts'
import type { ModelCommandSettings } from '../../../scripts/models/settings.ts'
import { parseGenerators } from '../../../src/models/catalog/generator-file.ts'
import { parsePins } from '../../../src/models/catalog/manifest-file.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { ggufIntegers, writeGguf } from '../../support/gguf.ts'
import { type HubServer, startHubServer } from '../../support/hub-server.ts'

const COMMIT = 'e'.repeat(40)
const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'llm')
const blenderbot = join(fixtures, 'tiny-blenderbot')
const stories = readFileSync(join(fixtures, 'stories-llama.gguf'))
const [FILES, canaries] = [
  ['encoder_model.onnx', 'decoder_model_merged.onnx', 'tokenizer.json', 'config.json'] as const,
  JSON.parse(readFileSync(join(blenderbot, 'canaries.json'), 'utf8')),
]
const common = {
  aliases: [],
  task: 'generate',
  tasks: ['chat'],
  parameters: 200_000,
  license: 'CC0-1.0',
  languages: ['en'],
  remarks: ['It tells one story.'],
}
const small = {
  ...common,
  id: 'small-talk',
  aliases: ['Small-Talk-Old'],
  runtime: 'seq2seq',
  repo: 'owner/small-talk',
  contextTokens: 256,
  chat: { format: 'blenderbot' },
  files: FILES.map((path) => ({ path })),
  encoder: FILES[0],
  decoder: FILES[1],
  tokenizer: FILES[2],
  config: FILES[3],
  canaries,
}
const story = {
  ...common,
  id: 'story',
  runtime: 'gguf',
  repo: 'maker/story',
  source: 'owner/story',
  contextTokens: 512,
  chat: { format: 'chatml' },
  files: [{ path: 'stories.gguf' }],
  weights: 'stories.gguf',
  canaries: [],
}
const far = {
  ...common,
  id: 'far',
  runtime: 'remote',
  repo: 'owner/far',
  contextTokens: 100,
  chat: { format: 'chatml' },
}

describe('npm run models for language models', () => {
  let hub: HubServer
  let folder: string
  let printed: string[]
  let settings: ModelCommandSettings
  const run = (command: string, ...names: string[]) => runModelCommand(command, names, settings)
  const text = () => printed.join('\n')
  const pins = () => parsePins(readFileSync(settings.lock, 'utf8'), settings.lock)
  const catalog = () => parseGenerators(readFileSync(settings.generators!, 'utf8'), 'generators.json')
  const write = (...models: object[]) => writeFileSync(settings.generators!, JSON.stringify(models))

  beforeAll(async () => {
    hub = await startHubServer()
    for (const path of FILES)
      hub.put('owner/small-talk', COMMIT, path, readFileSync(join(blenderbot, path)), path.endsWith('.onnx'))
    hub.put('owner/story', COMMIT, 'stories.gguf', stories, true)
    hub.put('owner/bare', COMMIT, 'README.md', Buffer.from('weights elsewhere'))
    for (const name of ['small-talk', 'story', 'bare'])
      hub.describe(`owner/${name}`, { main: COMMIT }, { license: 'mit' })
  })
  afterAll(() => hub.close())
  beforeEach(() => {
    folder = temporaryFolder('llm-command')
    printed = []
    writeFileSync(join(folder, 'catalog.json'), '[]')
    settings = {
      catalog: join(folder, 'catalog.json'),
      generators: join(folder, 'generators.json'),
      lock: join(folder, 'models.lock.json'),
      folder: join(folder, 'models'),
      others: [],
      environment: { HF_ENDPOINT: hub.endpoint },
      print: (line) => printed.push(line),
      progress: { write: () => true },
    }
    write(small, story, far)
  })

  it('lists licence, languages, size and what is to be known, with where each was found', async () => {
    await run('pull', 'story')
    printed = []
    await run('list')
    expect(text()).toMatch(/small-talk = Small-Talk-Old +chat +seq2seq +256 +en +CC0-1.0 +0.20M numbers/)
    expect(text()).toMatch(/story +chat +gguf +512 +en +CC0-1.0 +0.5 MB +\S+models/)
    expect(text()).toMatch(/far .* another server/)
    expect(text()).toContain('  far: It tells one story.')
  })

  it('pulls a GGUF file of another repository, pinned by its commit and hashes', async () => {
    await run('pull', 'Story')
    expect(pins().story).toMatchObject({
      revision: COMMIT,
      maxTokens: 512,
      files: [{ bytes: stories.length }],
    })
    expect(readFileSync(join(settings.folder, 'story', 'stories.gguf')).equals(stories)).toBe(true)
    expect(text()).toContain('licence CC0-1.0. It tells one story.')
    await run('remove', 'story')
    expect([existsSync(join(settings.folder, 'story')), pins()]).toEqual([false, {}])
  })

  it('pushes what is here once, with its hashes and its main file last, and only what is named', async () => {
    await run('pull', 'story', 'small-talk')
    const place = join(folder, 'store')
    printed = []
    await runModelCommand('push', [place, 'story'], { ...settings, dryRun: true })
    expect([text(), existsSync(place)]).toEqual([
      expect.stringMatching(/^would upload .*story\/stories\.gguf {2}\d+ bytes$/),
      false,
    ])
    printed = []
    await run('push', place)
    expect(printed).toHaveLength(1 + FILES.length)
    expect(printed.filter((line) => line.includes('small-talk')).at(-1)).toMatch(
      /^uploaded .*small-talk\/decoder_model_merged\.onnx/,
    )
    expect(readFileSync(join(place, 'story', 'stories.gguf')).equals(stories)).toBe(true)
    printed = []
    await run('push', place, 'story', 'Small-Talk-Old')
    expect(printed).toHaveLength(1 + FILES.length)
    expect(printed.every((line) => line.startsWith('there already'))).toBe(true)
    writeFileSync(join(settings.folder, 'story', 'stories.gguf'), 'changed')
    await expect(run('push', join(folder, 'other'), 'story')).rejects.toMatchObject({
      code: 'artifact_corrupt',
    })
    await expect(run('push', place, 'far')).rejects.toThrow('it runs on another server')
    await run('remove', 'story')
    await expect(run('push', place, 'story')).rejects.toThrow('is not here, or was never pulled')
  })

  it('says how to push a file that is too large to be sent from memory', async () => {
    await run('pull', 'story')
    const [model] = catalog().filter(({ id }) => id === 'story')
    if (model?.runtime !== 'gguf') throw new Error('It is of another kind.')
    const files = [{ path: 'stories.gguf', bytes: 5_000_000_000, sha256: 'a'.repeat(64) }]
    const store = openWritableStore(join(folder, 'store'), {})
    const push = (name: string) =>
      pushGenerator(
        { ...model, files, revision: COMMIT },
        { store: { ...store, name }, folder: settings.folder, dryRun: false, print: () => {} },
      )
    await expect(push('s3://bucket/models')).rejects.toThrow(
      /aws s3 cp \S+stories\.gguf s3:\/\/bucket\/models\/story\/stories\.gguf --metadata sha256=a{64}$/,
    )
    await expect(push('directory /mnt')).rejects.toThrow(
      /run: cp \S+stories\.gguf \/mnt\/story\/stories\.gguf$/,
    )
  })

  it('refuses a file whose header is of a shorter context than the catalog says', async () => {
    write({ ...story, contextTokens: 1024 })
    await expect(run('pull', 'story')).rejects.toMatchObject({
      code: 'artifact_corrupt',
      message: expect.stringMatching(/with 512 tokens of context; expected at least the 1024/),
    })
  })

  it('says how to convert a model whose makers have published no such file', async () => {
    write({ ...story, source: 'owner/bare' })
    await expect(run('pull', 'story')).rejects.toMatchObject({
      code: 'artifact_missing',
      message: expect.stringMatching(/has no stories.gguf, .* docs\/llm-models.md/),
    })
  })

  it('takes a converted file from a folder, pinned by its own hash', async () => {
    const own = join(folder, 'converted')
    mkdirSync(own)
    writeFileSync(join(own, 'stories.gguf'), stories)
    settings = { ...settings, from: own }
    await run('pull', 'maker/story')
    expect(pins().story!.revision).toMatch(/^[0-9a-f]{40}$/)
    writeFileSync(join(own, 'stories.gguf'), Buffer.concat([stories, Buffer.alloc(1)]))
    await expect(run('pull', 'story')).rejects.toMatchObject({ code: 'artifact_corrupt' })
  })

  it('verifies by the tokens that torch gives, and finds weights that answer others', async () => {
    await run('pull', 'small-talk-old')
    printed = []
    await run('verify')
    expect(text()).toMatch(
      /small-talk: 4 files as pinned, loads\n {2}right {2}20 of 20 tokens, chances within 0.0000/,
    )
    const [first] = canaries
    write({ ...small, canaries: [{ ...first, greedy: [...first.greedy.slice(0, 3), 7] }] })
    await expect(run('verify', 'small-talk')).rejects.toMatchObject({
      code: 'artifact_corrupt',
      message: expect.stringContaining('1 canaries of language models are wrong'),
    })
    expect(text()).toContain('  WRONG  3 of 4 tokens')
    write({ ...small, canaries: [] })
    await run('verify', 'small-talk')
    expect(text()).toContain('has no canaries, answers a greeting')
  })

  it('refuses to verify what was changed, or never pulled', async () => {
    await expect(run('verify', 'small-talk')).rejects.toMatchObject({ code: 'artifact_missing' })
    await run('pull', 'small-talk')
    copyFileSync(join(blenderbot, FILES[0]), join(settings.folder, 'small-talk', FILES[1]))
    await expect(run('verify', 'small-talk')).rejects.toMatchObject({ code: 'artifact_corrupt' })
  })

  it('says what to build before it verifies a GGUF file', async () => {
    settings = { ...settings, programs: folder }
    await run('pull', 'story')
    await expect(run('verify', 'story')).rejects.toMatchObject({
      code: 'runtime_missing',
      message: expect.stringContaining('npm run build'),
    })
  })

  it('has nothing to pull of a model on another server', async () => {
    await expect(run('pull', 'far')).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('runs on another server'),
    })
  })

  it('describes any GGUF file by its header, and pulls it from where it lies', async () => {
    const file = join(folder, 'Mine-Q4_0.gguf')
    copyFileSync(join(fixtures, 'random-qwen3.gguf'), file)
    settings = { ...settings, id: 'mine', set: ['languages=["zh"]'] }
    await run('add', file)
    expect(catalog().at(-1)).toMatchObject({
      id: 'mine',
      repo: 'local/mine',
      chat: { format: 'template' },
      tasks: ['chat', 'judge'],
      languages: ['zh'],
      files: [{ path: 'Mine-Q4_0.gguf', bytes: readFileSync(file).length }],
    })
    expect(text()).toMatch(/mine is in .*: qwen3, F32, .* tokens of context, licence cc0-1.0/)
    await expect(run('pull', 'mine')).rejects.toMatchObject({ code: 'artifact_missing' })
    settings = { ...settings, from: folder }
    await run('pull', 'mine')
    expect(existsSync(join(settings.folder, 'mine', 'Mine-Q4_0.gguf'))).toBe(true)
    await expect(run('add', file)).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('asks how a model is spoken to whose file does not say it', async () => {
    const file = join(folder, 'plain.gguf')
    writeFileSync(file, writeGguf())
    await expect(run('add', file)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(`--set 'chat={"format":"chatml"}'`),
    })
    settings = { ...settings, set: ['chat={"format":"gemma"}'] }
    await run('add', file)
    expect(catalog().at(-1)).toMatchObject({ id: 'plain', chat: { format: 'gemma' }, license: 'unknown' })
  })

  it('lets a file that ranks pairs judge alone, and refuses one that is damaged or not there', async () => {
    const file = join(folder, 'ranker.gguf')
    writeFileSync(file, writeGguf({ values: { 'llama.pooling_type': 4 } }))
    settings = { ...settings, set: ['chat={"format":"chatml"}'] }
    await run('add', file)
    expect(catalog().at(-1)).toMatchObject({ id: 'ranker', tasks: ['judge'] })
    writeFileSync(file, writeGguf({ values: { 'tokenizer.ggml.token_type': ggufIntegers([1]) } }))
    await expect(run('add', file)).rejects.toMatchObject({ code: 'artifact_corrupt' })
    await expect(run('add', join(folder, 'none.gguf'))).rejects.toMatchObject({ code: 'artifact_missing' })
    mkdirSync(join(folder, 'folder.gguf'))
    await expect(run('add', join(folder, 'folder.gguf'))).rejects.toThrow('is a folder; expected a GGUF file')
    writeFileSync(join(folder, '模型.gguf'), stories)
    await expect(run('add', join(folder, '模型.gguf'))).rejects.toThrow('"模型" is no id; name one with --id')
    settings = { ...settings, generators: undefined }
    await expect(run('add', file)).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
