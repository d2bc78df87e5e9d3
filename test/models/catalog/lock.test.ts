import { expect, test } from 'vitest'
import { createCatalog } from '../../../src/models/catalog/catalog.ts'
import { pinModels } from '../../../src/models/catalog/lock.ts'
import type { CatalogModel, ModelPin } from '../../../src/models/catalog/manifest.ts'
import { manifestOf } from '../../support/manifests.ts'

const hash = (digit: string) => digit.repeat(64)
const { revision: _, maxTokens: __, ...rest } = manifestOf({ id: 'open' })
const open: CatalogModel = { ...rest, files: [{ path: 'model.onnx' }, { path: 'tokenizer.json', bytes: 2 }] }
const pin: ModelPin = {
  revision: 'a'.repeat(40),
  maxTokens: 128,
  files: [
    { path: 'model.onnx', bytes: 1, sha256: hash('1') },
    { path: 'tokenizer.json', bytes: 9, sha256: hash('2') },
  ],
  derived: [],
}

test('a model of which something is not known cannot be loaded before it is pulled', () => {
  const { manifests, unpinned } = pinModels([manifestOf({ id: 'known' }), open])
  expect(manifests.map(({ id }) => id)).toEqual(['known'])
  const catalog = createCatalog(manifests, { unpinned })
  expect(catalog.entries().map(({ manifest }) => manifest.id)).toEqual(['known'])
  expect(() => catalog.resolve('open')).toThrow(
    expect.objectContaining({
      code: 'artifact_missing',
      message: expect.stringMatching(
        /revision, model.onnx, tokenizer.json; run "npm run models -- pull open"/,
      ),
    }),
  )
})

test('a pin adds what is not known, and what the catalog says stays', () => {
  const { manifests, unpinned } = pinModels([open], { open: pin })
  expect(unpinned).toEqual([])
  expect(manifests[0]).toMatchObject({
    revision: pin.revision,
    maxTokens: 128,
    files: [pin.files[0], { path: 'tokenizer.json', bytes: 2, sha256: hash('2') }],
  })
})

test('a pin of another revision counts for nothing', () => {
  const moved = { ...open, revision: 'b'.repeat(40) }
  expect(pinModels([moved], { open: pin }).unpinned).toEqual([moved])
})

test('heads that the repository names come with their files from the pin', () => {
  const headed: CatalogModel = { ...open, heads: 'from-repository' }
  expect(pinModels([headed], { open: pin }).manifests).toEqual([])
  const head = { path: '2_Dense/model.safetensors', bytes: 3, sha256: hash('3') }
  const heads = { query: { path: head.path, activation: 'tanh' } } as const
  const { manifests } = pinModels([headed], { open: { ...pin, heads, files: [...pin.files, head] } })
  expect(manifests[0]).toMatchObject({ heads, files: [{}, {}, head] })
})

test('derived files of the catalog and of the pin are all pinned', () => {
  const derived = {
    path: 'a.flat',
    bytes: 1,
    sha256: hash('4'),
    kind: 'tokenizer',
    key: 'k',
    source: hash('2'),
  } as const
  const known = manifestOf({ id: 'known', derived: [derived] })
  const other = { ...derived, path: 'b.onnx', kind: 'graph' } as const
  const { manifests } = pinModels([known], {
    known: { ...pin, revision: known.revision, derived: [other] },
  })
  expect(manifests[0]!.derived).toEqual([derived, other])
})
