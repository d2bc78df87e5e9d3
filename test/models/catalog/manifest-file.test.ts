import { expect, test } from 'vitest'
import shipped from '../../../src/models/catalog/catalog.json' with { type: 'json' }
import { parseCatalog, parseManifests } from '../../../src/models/catalog/manifest-file.ts'
import { manifestOf } from '../../support/manifests.ts'

const file = { path: 'model.onnx', bytes: 1, sha256: '0'.repeat(64) }
const manifest = manifestOf({ id: 'small', files: [file] })

test('reads back what a manifest is written as', () => {
  const manifests = [manifest, manifestOf({ id: 'other', canaries: [{ text: 'a', values: [0.5] }] })]
  expect(parseManifests(JSON.stringify(manifests), 'more.json')).toEqual(manifests)
})

test('the catalog that ships fits the schema', () => {
  expect(parseCatalog(JSON.stringify(shipped), 'catalog.json')).toEqual(shipped)
})

test.each([
  ['nothing', '', 'is not JSON'],
  ['an object', '{}', 'at the whole: '],
  ['a branch as revision', [{ ...manifest, revision: 'main' }], 'at 0.revision: '],
  ['a wrong hash', [manifest, { ...manifest, files: [{ ...file, sha256: 'A' }] }], 'at 1.files.0.sha256: '],
  ['a path out of the model', [{ ...manifest, graph: '../model.onnx' }], 'at 0.graph: '],
  ['an absolute path', [{ ...manifest, files: [{ ...file, path: '/etc/passwd' }] }], 'at 0.files.0.path: '],
  ['an id with a slash', [{ ...manifest, id: 'a/b' }], 'at 0.id: '],
  ['a missing field', [{ ...manifest, pooling: undefined }], 'at 0.pooling: '],
  ['a misspelled field', [{ ...manifest, dimension: 3 }], 'at 0.dimension: '],
])('refuses %s and names the place', (_, content, message) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  const refused = () => parseManifests(text, 'more.json')
  expect(refused).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  expect(refused).toThrow(
    `The catalog more.json ${message.startsWith('is') ? message : `has a wrong field ${message}`}`,
  )
})
