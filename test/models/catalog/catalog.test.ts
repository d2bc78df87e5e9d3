import { expect, test } from 'vitest'
import { createCatalog } from '../../../src/models/catalog/catalog.ts'
import { manifestOf } from '../../support/manifests.ts'

const manifests = [
  manifestOf({ id: 'small', aliases: ['fast'] }),
  manifestOf({ id: 'large', aliases: ['accurate'] }),
]

test('finds a model by its id and by its alias', () => {
  const catalog = createCatalog(manifests)
  expect(catalog.resolve('large').id).toBe('large')
  expect(catalog.resolve('fast').id).toBe('small')
})

test('lists models in their order with all aliases that lead to them', () => {
  const catalog = createCatalog(manifests, { overrides: { cheap: 'small', accurate: 'small' } })
  expect(catalog.entries().map(({ manifest, aliases }) => [manifest.id, aliases])).toEqual([
    ['small', ['fast', 'cheap', 'accurate']],
    ['large', []],
  ])
})

test('names the nearest models when one is unknown', () => {
  expect(() => createCatalog(manifests).resolve('smal')).toThrow(
    expect.objectContaining({
      code: 'unknown_model',
      message: expect.stringContaining('did you mean "small"?'),
      details: { field: 'model', nearest: ['small'] },
    }),
  )
})

test.each([
  ['text-embedding-3-small', 'MODEL_ALIASES=text-embedding-3-small=small'],
  ['embed-v4.0', 'MODEL_ALIASES=embed-v4.0=small'],
  ['rerank-v3.5', 'MODEL_ALIASES=rerank-v3.5=cross'],
])('tells who asks for %s of another service which setting lets that name lead here', (name, setting) => {
  const cross = manifestOf({ id: 'cross', task: 'rerank' })
  expect(() => createCatalog([...manifests, cross]).resolve(name)).toThrow(setting)
})

test('names eight models at most when none is near', () => {
  const many = Array.from({ length: 30 }, (_, index) => manifestOf({ id: `m${index}` }))
  expect(() => createCatalog(many).resolve('?????')).toThrow(
    '"?????"; expected one of m0, m1, m2, m3, m4, m5, m6, m7 and 22 more. GET /models lists all.',
  )
})

test('lists every name when none is near, and cuts what was asked for', () => {
  expect(() => createCatalog(manifests).resolve('x'.repeat(5000))).toThrow(
    /^The catalog has no model "x{100}…"; expected one of small, large, fast, accurate\./,
  )
})

test('refuses two models with one name', () => {
  expect(() => createCatalog([manifests[0]!, manifestOf({ id: 'fast' })])).toThrow(
    /two models for the name fast/,
  )
})

test('refuses an alias that leads nowhere', () => {
  expect(() => createCatalog(manifests, { overrides: { chinese: 'text2vec' } })).toThrow(
    /setting MODEL_ALIASES has chinese=text2vec: .*no model "text2vec"/,
  )
})
