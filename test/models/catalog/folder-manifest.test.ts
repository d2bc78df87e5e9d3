import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFolderManifest } from '../../../src/models/catalog/folder-manifest.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import { fixtureManifests } from '../../support/fixtures.ts'

const base = fixtureManifests.find(({ id }) => id === 'bert-float32')!
const SIZE = 4 * base.dimensions ** 2 + 200
const adapter = { path: 'adapter.safetensors', bytes: SIZE, sha256: 'c'.repeat(64) }
const learned = {
  side: 'query',
  base: base.id,
  revision: base.revision,
  data: { sha256: 'a'.repeat(64), counts: { pairs: 3 } },
  date: '2026-11-28',
} as const
const good: Manifest = {
  ...base,
  id: 'bert.acme-2026-11',
  aliases: [],
  files: [...base.files, adapter],
  learned,
}

const parse = (value: unknown, id = good.id) =>
  parseFolderManifest(typeof value === 'string' ? value : JSON.stringify(value), id, 'The manifest')

test('reads a learned model, and one that was made in another way', () => {
  expect(parse(good)).toEqual(good)
  const { learned: _, ...plain } = { ...good, files: base.files }
  expect(parse(plain)).toEqual(plain)
})

const withLearned = (fields: object) => ({ ...good, learned: { ...learned, ...fields } })

test.each<[string, unknown, RegExp]>([
  ['no JSON', '{', /is wrong at the whole/],
  ['more text than any manifest has', ' '.repeat(2 ** 20 + 1), /expected at most 1048576/],
  ['another id than its folder', { ...good, id: 'other' }, /is of model other; expected bert\.acme-2026-11/],
  ['an id that leads out of the folder', { ...good, id: '..' }, /is wrong at id/],
  ['an alias', { ...good, aliases: ['jobs'] }, /is wrong at aliases/],
  [
    'a file outside its folder',
    { ...good, files: [{ ...adapter, path: '../x' }] },
    /is wrong at files\.0\.path/,
  ],
  ['a file twice', { ...good, files: [...good.files, adapter] }, /lists a file twice/],
  ['a graph that it does not list', { ...good, graph: 'other.onnx' }, /names the file other\.onnx/],
  [
    'a head that it does not list',
    { ...good, heads: { query: { path: 'h', activation: 'tanh' } } },
    /names the file h,/,
  ],
  ['a report that it does not list', withLearned({ report: 'r.json' }), /names the file r\.json/],
  ['a side that is none', withLearned({ side: 'left' }), /is wrong at learned\.side/],
  ['a base that leads out of the folder', withLearned({ base: '../jobs' }), /is wrong at learned\.base/],
  ['itself as its base', withLearned({ base: good.id }), /names itself as its base/],
  [
    'a text among its counts',
    withLearned({ data: { ...learned.data, counts: { pairs: 'cook' } } }),
    /learned\.data\.counts/,
  ],
  ['forced: false', withLearned({ forced: false }), /is wrong at learned\.forced/],
  ['a field that nobody knows', withLearned({ pairs: ['cook'] }), /is wrong at learned\.pairs/],
  ['no adapter', { ...good, files: base.files }, /has no file adapter\.safetensors, which side query needs/],
  ['an adapter of nothing', { ...good, learned: undefined }, /no learned side/],
  ['an adapter of a reranker', { ...good, task: 'rerank' }, /is made to rerank; expected embed/],
  [
    'an adapter of another size',
    { ...good, files: [...base.files, { ...adapter, bytes: 4e9 }] },
    /expected 4096 for 32 × 32 numbers/,
  ],
  ['more dimensions than any model', { ...good, dimensions: 1e6 }, /is wrong at dimensions/],
])('refuses a manifest with %s', (_, value, message) => {
  expect(() => parse(value)).toThrow(message)
  expect(() => parse(value)).toThrow(expect.objectContaining({ code: 'artifact_corrupt' }))
})

test('answers any JSON with a manifest or a sentence, and never quotes much of it', () => {
  const anything = fc.oneof(
    fc.json(),
    fc.object().map((fields) => JSON.stringify({ ...good, ...fields })),
  )
  fc.assert(
    fc.property(anything, (text) => {
      try {
        expect(parse(text).id).toBe(good.id)
      } catch (error) {
        expect(error).toMatchObject({ code: 'artifact_corrupt' })
        expect(String(error).length).toBeLessThan(800)
      }
    }),
  )
})
