import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { runModelCommand } from '../../../scripts/models/commands.ts'
import type { ModelCommandSettings } from '../../../scripts/models/settings.ts'
import { createContext } from '../../../src/context.ts'
import { pinModels } from '../../../src/models/catalog/lock.ts'
import { parseCatalog, parsePins } from '../../../src/models/catalog/manifest-file.ts'
import { openEngine } from '../../../src/models/engine/open.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { startHubServer } from '../../support/hub-server.ts'
import { realFixtures } from '../../support/real-models.ts'
import { floatTensor, writeSafeTensors } from '../../support/safe-tensors.ts'
import { TINY_TOKENIZER, TINY_WORDS } from '../../support/tiny-model.ts'

const tiny = join(realFixtures, 'random-mpnet')
let settings: ModelCommandSettings
let printed: string[]
let home: string

beforeEach(() => {
  home = temporaryFolder('own-models')
  printed = []
  settings = {
    catalog: join(home, 'mine.json'),
    lock: join(home, 'models.lock.json'),
    folder: join(home, 'models'),
    others: [],
    environment: {},
    print: (line) => printed.push(line),
    progress: { write: () => true },
  }
})

const run = (command: string, names: readonly string[], more: Partial<ModelCommandSettings> = {}) =>
  runModelCommand(command, names, { ...settings, ...more })
const added = () => parseCatalog(readFileSync(settings.catalog, 'utf8'), 'mine.json')

/** The vector of a text by what was added and pulled. */
async function embed(id: string, text: string): Promise<Float32Array> {
  const { manifests } = pinModels(added(), parsePins(readFileSync(settings.lock, 'utf8'), settings.lock))
  const shape = { budgetBytes: 1e9, threads: 1, tokenBudget: 512 }
  const engine = openEngine({ manifests, sources: [settings.folder], ...shape })
  const { vectors } = await engine.embed({ model: id, inputs: [text], options: {} }, createContext())
  await engine.close()
  return vectors.data
}

test('a folder of sentence-transformers is added, copied and served', async () => {
  await run('add', [tiny])
  expect(added()).toMatchObject([
    { id: 'random-mpnet', repo: 'local/random-mpnet', dimensions: 16, maxTokens: 48, pooling: 'mean' },
  ])
  expect(printed.join()).toContain(`pull random-mpnet --from ${tiny}`)
  await run('pull', ['random-mpnet'], { from: tiny })
  expect(Math.hypot(...(await embed('random-mpnet', 'a nurse')))).toBeCloseTo(1, 5)
  await run('verify', [])
  expect(printed.join()).toContain('random-mpnet: 2 files as pinned, loads')
})

test('a folder of Model2Vec is added, and its graph made of its table', async () => {
  const folder = join(home, 'Own static model')
  mkdirSync(folder)
  const table = TINY_WORDS.flatMap((word, index) => (word === 'nurse' ? [3, 4] : [index, -1]))
  writeFileSync(join(folder, 'config.json'), '{"model_type":"model2vec","hidden_dim":2,"normalize":true}')
  writeFileSync(join(folder, 'tokenizer.json'), TINY_TOKENIZER)
  const tensors = { embeddings: floatTensor([TINY_WORDS.length, 2], table) }
  writeFileSync(join(folder, 'model.safetensors'), writeSafeTensors(tensors))
  writeFileSync(join(folder, 'README.md'), '---\nlicense: mit\nlanguage: [en, zh]\n---\n# Mine\n')
  await run('add', [folder])
  expect(added()).toMatchObject([{ id: 'Own-static-model', license: 'mit', languages: ['en', 'zh'] }])
  await run('pull', ['Own-static-model'], { from: folder })
  const [first, second] = await embed('Own-static-model', 'nurse')
  expect([first, second]).toEqual([expect.closeTo(0.6, 2), expect.closeTo(0.8, 2)])
})

test('a folder of an ONNX graph alone is added with what its operator says', async () => {
  const folder = join(home, 'bare')
  mkdirSync(folder)
  cpSync(join(tiny, 'onnx/model.onnx'), join(folder, 'model.onnx'))
  cpSync(join(tiny, 'tokenizer.json'), join(folder, 'tokenizer.json'))
  const said = ['dimensions=16', 'maxTokens=48', 'pooling=cls']
  await expect(run('add', [folder], { set: said })).rejects.toThrow('--set normalize=true')
  expect(existsSync(settings.catalog)).toBe(false)
  await run('add', [folder], { set: [...said, 'normalize=true', 'languages=["en"]'], id: 'own' })
  expect(added()).toMatchObject([{ id: 'own', pooling: 'cls', normalize: true, languages: ['en'] }])
  await run('pull', ['own'], { from: folder })
  expect(Math.hypot(...(await embed('own', 'a nurse')))).toBeCloseTo(1, 5)
})

test.each([
  ['a field that manifests lack', ['poolings=mean'], 'poolings'],
  ['a wrong value', ['pooling=max'], '0.pooling'],
  ['no value', ['pooling'], 'expected a field and its value'],
])('what the operator says is checked: %s', async (_, set, message) => {
  await expect(run('add', [tiny], { set })).rejects.toThrow(message)
  expect(existsSync(settings.catalog)).toBe(false)
})

test('a file that changed since it was added is refused, and the model is not installed', async () => {
  const folder = join(home, 'copy')
  cpSync(tiny, folder, { recursive: true })
  await run('add', [folder])
  writeFileSync(join(folder, 'tokenizer.json'), TINY_TOKENIZER)
  const pull = run('pull', ['copy'], { from: folder })
  await expect(pull).rejects.toThrow(`tokenizer.json of the folder ${folder} is not the one`)
  expect(existsSync(settings.lock)).toBe(false)
})

test.each([
  ['a model of a folder without one', undefined, 'no hub has it; pull it with --from'],
  ['what is neither a folder nor an address', 'nowhere', 'expected a folder that is there, or the address'],
  ['a folder that is not there', './not-there', 'There is no folder ./not-there'],
])('pull refuses %s', async (_, from, message) => {
  await run('add', [tiny])
  await expect(run('pull', ['random-mpnet'], { from })).rejects.toThrow(message)
})

test('a folder with a JSON file that is none is refused by its name', async () => {
  const folder = join(home, 'broken')
  cpSync(tiny, folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), '{')
  await expect(run('add', [folder])).rejects.toThrow('config.json is not JSON')
})

test('a folder of folders is asked for the model’s own, and a hub’s model needs its commit to come from one', async () => {
  await run('add', [tiny])
  await run('pull', ['random-mpnet'], { from: realFixtures })
  expect(existsSync(join(settings.folder, 'random-mpnet/onnx/model.onnx'))).toBe(true)
  const [model] = added()
  const { revision, ...open } = model!
  writeFileSync(settings.catalog, JSON.stringify([{ ...open, id: 'open', repo: 'owner/open' }]))
  expect(revision).toMatch(/^[0-9a-f]{40}$/)
  await expect(run('pull', ['open'], { from: tiny })).rejects.toThrow('Nothing says which revision')
})

test('a mirror is asked in place of the hub', async () => {
  const hub = await startHubServer()
  const commit = 'e'.repeat(40)
  for (const path of ['onnx/model.onnx', 'tokenizer.json'])
    hub.put('owner/mine', commit, path, readFileSync(join(tiny, path)), true)
  for (const path of ['config.json', 'modules.json', '1_Pooling/config.json', 'tokenizer_config.json'])
    hub.put('owner/mine', commit, path, readFileSync(join(tiny, path)))
  hub.describe('owner/mine', { main: commit }, {})
  try {
    await run('add', ['owner/mine'], { from: hub.endpoint })
    await run('pull', ['mine'], { from: `${hub.endpoint}/` })
  } finally {
    await hub.close()
  }
  expect(added()).toMatchObject([{ id: 'mine', revision: commit }])
  expect(existsSync(join(settings.folder, 'mine/tokenizer.json'))).toBe(true)
})
