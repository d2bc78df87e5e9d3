import { expect, test } from 'vitest'
import type { HubListing } from '../../../scripts/models/hub-listing.ts'
import { planPull } from '../../../scripts/models/pull-plan.ts'
import type { CatalogModel, ModelPin } from '../../../src/models/catalog/manifest.ts'
import { manifestOf } from '../../support/manifests.ts'

const revision = 'c'.repeat(40)
const hash = (digit: string) => digit.repeat(64)
const graph = { path: 'onnx/model.onnx', bytes: 10, sha256: hash('1'), gitBlob: 'f'.repeat(40) }
const tokenizer = { path: 'tokenizer.json', bytes: 5, gitBlob: 'e'.repeat(40) }
const listings = [graph, tokenizer, { path: 'README.md', bytes: 1, gitBlob: 'd'.repeat(40) }]
const at = (files: readonly HubListing[]) => ({ place: 'repository owner/name', files })
const model: CatalogModel = {
  ...manifestOf({ id: 'small', graph: graph.path }),
  files: [{ path: graph.path }, { path: tokenizer.path }],
}

test('fetches the files of the model with what the hub knows of them', () => {
  expect(planPull(model, undefined, revision, at(listings))).toEqual({
    revision,
    files: [graph, { ...tokenizer, sha256: undefined }],
    made: [],
  })
})

const pin: ModelPin = {
  revision,
  maxTokens: 16,
  files: [
    { path: graph.path, bytes: 10, sha256: graph.sha256 },
    { path: tokenizer.path, bytes: 5, sha256: hash('2') },
  ],
  derived: [],
}

test('holds what is pinned against the hub, and takes from the pin what the hub does not know', () => {
  const { files } = planPull(model, pin, revision, at(listings))
  expect(files.map(({ sha256 }) => sha256)).toEqual([graph.sha256, hash('2')])
})

test('forgets the pin of another revision', () => {
  const { files } = planPull(model, { ...pin, revision: 'a'.repeat(40) }, revision, at(listings))
  expect(files[1]!.sha256).toBeUndefined()
})

test.each([
  ['another hash than the catalog', { ...graph, sha256: hash('9') }, 'expected sha256'],
  ['another size than the catalog', { ...graph, bytes: 11 }, 'expected bytes 10, got 11'],
])('refuses a file of %s', (_, listing, message) => {
  const pinned = { ...model, files: [{ path: graph.path, bytes: 10, sha256: graph.sha256 }] }
  const plan = () => planPull(pinned, undefined, revision, at([listing]))
  expect(plan).toThrow(expect.objectContaining({ code: 'artifact_corrupt' }))
  expect(plan).toThrow(message)
})

test('names the graphs that the repository has instead of the one that is wanted', () => {
  const plan = () =>
    planPull({ ...model, files: [{ path: 'model_int8.onnx' }] }, undefined, revision, at(listings))
  expect(plan).toThrow(/has no model_int8.onnx.*it has onnx\/model.onnx/)
  expect(() => planPull(model, undefined, revision, at([]))).toThrow('it has no .onnx file at all')
})

test('fetches the table of a Model2Vec model in place of its graph', () => {
  const table = { path: 'model.safetensors', bytes: 7, sha256: hash('3'), gitBlob: 'b'.repeat(40) }
  const static_: CatalogModel = { ...model, graphFrom: { kind: 'model2vec', path: table.path } }
  const plan = planPull(static_, undefined, revision, at([table, tokenizer]))
  expect(plan.files.map(({ path }) => path)).toEqual([tokenizer.path, table.path])
  expect(plan.made).toEqual([{ path: graph.path }])
})

test('leaves to the exporter what the repository lacks, and fetches the heads it names', () => {
  const head = { path: '2_Dense/model.safetensors', bytes: 3, sha256: hash('4'), gitBlob: 'a'.repeat(40) }
  const exported: CatalogModel = { ...model, graphFrom: { kind: 'export', repo: 'a/b' } }
  const plan = planPull(exported, undefined, revision, at([head]), [head.path])
  expect(plan.files).toEqual([head])
  expect(plan.made.map(({ path }) => path)).toEqual([graph.path, tokenizer.path])
})
