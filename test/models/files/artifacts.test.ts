import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { locateArtifacts } from '../../../src/models/files/artifacts.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { manifestOf } from '../../support/manifests.ts'

const graph = Buffer.alloc(3_000_000, 'graph')
const manifest = manifestOf({
  id: 'tiny',
  files: [
    { path: 'onnx/model.onnx', bytes: graph.length, sha256: sha256(graph) },
    { path: 'tokenizer.json', bytes: 2, sha256: sha256(Buffer.from('{}')) },
  ],
  graph: 'onnx/model.onnx',
  tokenizer: 'tokenizer.json',
})

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function folderWith(files: Record<string, string | Uint8Array>): string {
  const folder = temporaryFolder('artifacts')
  for (const [path, body] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), body)
  }
  return folder
}

const locate = (...folders: string[]) => locateArtifacts(manifest, folders.map(createDirectoryStore))

describe('locateArtifacts', () => {
  it('serves a file in place once its hash is right, and its text', async () => {
    const folder = folderWith({ 'tiny/onnx/model.onnx': graph, 'tiny/tokenizer.json': '{}' })
    const artifacts = await locate(folder)
    expect(await artifacts.verifiedPath('onnx/model.onnx')).toBe(join(folder, 'tiny/onnx/model.onnx'))
    expect(await artifacts.verifiedText('tokenizer.json')).toBe('{}')
  })

  it('takes the first source that has the model', async () => {
    const empty = folderWith({})
    const full = folderWith({ 'tiny/onnx/model.onnx': graph })
    const artifacts = await locate(empty, full)
    expect(await artifacts.verifiedPath('onnx/model.onnx')).toContain(full)
  })

  it('lists the sources tried when none has the model', async () => {
    const empty = folderWith({})
    await expect(locate(empty)).rejects.toMatchObject({
      code: 'artifact_missing',
      details: { model: 'tiny', sources: [`directory ${empty}`] },
    })
    await expect(locate()).rejects.toThrow('(none)')
  })

  it('names a file that is absent beside the graph', async () => {
    const artifacts = await locate(folderWith({ 'tiny/onnx/model.onnx': graph }))
    await expect(artifacts.verifiedText('tokenizer.json')).rejects.toMatchObject({ code: 'artifact_missing' })
  })

  it('refuses a file of the right size with one wrong byte', async () => {
    const wrong = Buffer.from(graph)
    wrong[1_500_000]! ^= 1
    const artifacts = await locate(folderWith({ 'tiny/onnx/model.onnx': wrong }))
    await expect(artifacts.verifiedPath('onnx/model.onnx')).rejects.toMatchObject({
      code: 'artifact_corrupt',
      details: { path: 'onnx/model.onnx', got: sha256(wrong) },
    })
  })

  it.each([
    ['a truncated file', graph.subarray(0, 1000), '1000 bytes'],
    ['a longer file', Buffer.concat([graph, graph]), '6000000 bytes'],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
      'Git LFS pointer',
    ],
  ])('refuses %s before hashing it', async (_name, body, got) => {
    const artifacts = await locate(folderWith({ 'tiny/onnx/model.onnx': body }))
    await expect(artifacts.verifiedPath('onnx/model.onnx')).rejects.toThrow(got)
  })

  it('says when a manifest does not list a file that it needs', async () => {
    const artifacts = await locate(folderWith({ 'tiny/onnx/model.onnx': graph }))
    await expect(artifacts.verifiedText('vocab.txt')).rejects.toMatchObject({ code: 'internal' })
  })
})
