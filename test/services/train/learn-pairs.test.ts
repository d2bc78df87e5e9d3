import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openCore } from '../../../src/app.ts'
import { readConfig } from '../../../src/config.ts'
import { createContext } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import { openModelStores } from '../../../src/model-stores.ts'
import { parseFolderManifest } from '../../../src/models/catalog/folder-manifest.ts'
import { readTokenizer } from '../../../src/models/files/read-model-file.ts'
import { createLearner } from '../../../src/services/train/learn-pairs.ts'
import { createTrainService } from '../../../src/services/train/train.ts'
import { createMemoryStore, type MemoryStore } from '../../support/memory-store.ts'

const root = join(import.meta.dirname, '../../..')
const config = readConfig({ THREADS: '1' }, { memoryBytes: 2 ** 31, processors: 1, root })
const core = openCore(config)
const stores = openModelStores(config, core.catalog)
afterAll(() => core.engine.close())
const service = createTrainService({
  learner: createLearner({
    ...core,
    readTokenizer: (manifest, context) => readTokenizer(manifest, stores, context),
  }),
  mostAttempts: 5,
})
const sample = (name: string) => readFileSync(join(root, 'docs/examples/learning', name))
/** A catalogue of seventy and the rows from the year's end on: a seed of them takes a second. */
const HEAD = 'query,positiveId,source,time,group'
const rows = sample('pairs.csv').toString().trim().split('\n').slice(1)
const KEY = 'train/acme/learn.json'

function jobOf(pairs: readonly string[], settings: object = {}) {
  const objects: Record<string, Uint8Array> = {
    [KEY]: Buffer.from(JSON.stringify({ model: 'jobs', ...settings })),
    'train/acme/pairs.csv': Buffer.from([HEAD, ...pairs].join('\n')),
    'train/acme/labels.csv': sample('labels.csv'),
  }
  return { objects, store: createMemoryStore(objects) }
}

const runOn = (store: MemoryStore, receiveCount = 1) =>
  service.run({ store, key: KEY, message: { id: 'm', receiveCount } }, createContext())
const named = (objects: Record<string, Uint8Array>, ending: string) =>
  Object.keys(objects).filter((key) => key.endsWith(ending))
const jsonAt = (objects: Record<string, Uint8Array>, ending: string) =>
  JSON.parse(Buffer.from(objects[named(objects, ending)[0]!]!).toString())

/** Megabytes are compared by their hash: an assertion would walk them number by number. */
const hashAt = (objects: Record<string, Uint8Array>, ending: string) =>
  createHash('sha256').update(objects[named(objects, ending)[0]!]!).digest('hex')

test('a job whose worker dies after a seed comes to the model that one worker alone comes to', async () => {
  const alone = jobOf(rows)
  expect((await runOn(alone.store)).status).toBe('learned')

  const shared = jobOf(rows)
  const { write } = shared.store
  let states = 0
  shared.store.write = async (key, ...rest) => {
    if (key.includes('/_state/') && ++states > 1) throw new AppError('upstream_failed', 'The worker is dead.')
    return write(key, ...rest)
  }
  expect((await runOn(shared.store)).status).toBe('unfinished')
  shared.store.write = write
  expect((await runOn(shared.store, 2)).status).toBe('learned')

  for (const ending of ['/model.onnx', '/tokenizer.json', '/report.json'])
    expect([ending, hashAt(shared.objects, ending)]).toEqual([ending, hashAt(alone.objects, ending)])
  const success = jsonAt(shared.objects, '_SUCCESS.json')
  expect(success).toMatchObject({ decision: 'learned', forced: false, reasons: [] })
  expect(success.model).toMatch(/^jobs-static-2\.acme-\d{4}-\d{2}$/)
  const place = named(shared.objects, '/manifest.json')[0]!
  const manifest = parseFolderManifest(Buffer.from(shared.objects[place]!).toString(), success.model, place)
  expect([manifest.aliases, manifest.learned?.base]).toEqual([[], 'jobs-static-2'])
})

test('a job with a hundred pairs is refused with reasons and a report, and writes no model', async () => {
  const { objects, store } = jobOf(rows.slice(0, 100))
  expect((await runOn(store)).status).toBe('refused')
  const { decision, reasons, written } = jsonAt(objects, '_SUCCESS.json')
  expect([decision, reasons[0], written]).toEqual([
    'refused',
    expect.stringMatching(/distinct queries; expected at least 200/),
    ['report.json', 'report.svg'],
  ])
  expect(named(objects, 'manifest.json')).toEqual([])
})

test('what a job keeps and writes has no text of a query', async () => {
  const { objects, store } = jobOf(rows.slice(0, 100), { force: true })
  expect((await runOn(store)).status).toBe('learned')
  expect(jsonAt(objects, '_SUCCESS.json')).toMatchObject({ decision: 'learned', forced: true })
  const written = Object.entries(objects).filter(([key]) => /^learned\/.*\.(json|svg)$/.test(key))
  const texts = written
    .filter(([key]) => !key.endsWith('tokenizer.json'))
    .map(([, body]) => Buffer.from(body).toString())
  expect(texts.length).toBeGreaterThan(4)
  const queries = rows.slice(0, 100).map((row) => row.split(',')[0]!)
  expect(queries.filter((query) => query.length > 3 && texts.some((text) => text.includes(query)))).toEqual(
    [],
  )
})

test('a row that is wrong is named in the record of the failure, and not in the words for a log', async () => {
  const { objects, store } = jobOf([...rows.slice(0, 20), '秘密 title,NO-SUCH-CODE,label,2026-01-01,zh'])
  const { status, error } = await runOn(store)
  expect(status).toBe('failed')
  expect(jsonAt(objects, '_FAILED.json').message).toContain('pairs.csv:22')
  expect(error!.message).not.toMatch(/秘密|NO-SUCH-CODE/)
})
