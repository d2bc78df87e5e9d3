import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { createModelFolderStore } from '../../src/storage/hub-cache.ts'
import { describeStore } from '../contracts/store.ts'
import { temporaryFolder } from '../support/folders.ts'
import { linkInSnapshot, nameMain, putInHubCache, snapshotPath } from '../support/hub-cache.ts'

const repo = 'owner/name'
const revision = 'a'.repeat(40)
const other = 'b'.repeat(40)
const path = 'onnx/model.onnx'
const body = Buffer.from('weights')
const expected = { bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') }

describeStore({
  name: 'createModelFolderStore over a cache of the hub',
  capabilities: [],
  async open() {
    const folder = temporaryFolder('hub-cache')
    const locate = (key: string) => ({ repo, revision, path: key })
    // It lists and writes as the directory that it also is; the next contract is about that.
    const { name, stat, read, localPath } = createModelFolderStore(folder, locate)
    return {
      store: { name, stat, read, localPath },
      put: async (key, bytes) =>
        putInHubCache(folder, { repo, commit: revision, path: key, body: bytes, large: bytes.length > 1000 }),
    }
  },
})

describeStore({
  name: 'createModelFolderStore over a plain directory',
  capabilities: ['list', 'write', 'remove'],
  async open() {
    const folder = temporaryFolder('directory')
    return {
      store: createModelFolderStore(folder, (key) => ({ repo, revision, path: key })),
      async put(key, bytes) {
        mkdirSync(dirname(join(folder, key)), { recursive: true })
        writeFileSync(join(folder, key), bytes)
      },
    }
  },
})

/** The files of one model of the hub, in an empty folder. */
function open() {
  const folder = temporaryFolder('hub-cache')
  const locate = (key: string) => (key === `tiny/${path}` ? { repo, revision, path, ...expected } : undefined)
  const store = createModelFolderStore(folder, locate)
  const put = (commit: string, bytes: Uint8Array = body, large = true) =>
    putInHubCache(folder, { repo, commit, path, body: bytes, large })
  return { folder, store, put, key: `tiny/${path}` }
}

describe('createModelFolderStore', () => {
  it('finds a file in the snapshot of its commit, and uses it in place', async () => {
    const { folder, store, put, key } = open()
    put(revision)
    expect(await store.stat(key)).toMatchObject({ bytes: 7 })
    expect(await text(await store.read(key))).toBe('weights')
    expect(store.localPath(key)).toBe(snapshotPath(folder, repo, revision, path))
  })

  it('prefers a file under its own key', async () => {
    const { folder, store, put, key } = open()
    put(revision)
    mkdirSync(dirname(join(folder, key)), { recursive: true })
    writeFileSync(join(folder, key), 'nearer!')
    expect(await text(await store.read(key))).toBe('nearer!')
    expect(store.localPath(key)).toBe(join(folder, key))
  })

  it.each([
    ['a large file', true],
    ['a small one', false],
  ])('takes %s of the commit that main stands for when it is the expected one', async (_, large) => {
    const { folder, store, put, key } = open()
    put(other, body, large)
    expect(await store.stat(key)).toBeUndefined()
    nameMain(folder, repo, `${other}\n`)
    expect(await text(await store.read(key))).toBe('weights')
  })

  it.each([
    ['another size', Buffer.from('heavier'.repeat(2))],
    ['another SHA-256', Buffer.from('WEIGHTS')],
  ])('has no such object when the one of main has %s', async (_, bytes) => {
    const { folder, store, put, key } = open()
    put(other, bytes)
    nameMain(folder, repo, other)
    expect(await store.stat(key)).toBeUndefined()
    await expect(store.read(key)).rejects.toMatchObject({ code: 'artifact_missing', details: { key } })
  })

  it('knows no object where a blob was deleted, or main stands for what is no commit', async () => {
    const { folder, store, put, key } = open()
    put(revision)
    rmSync(join(folder, 'models--owner--name', 'blobs'), { recursive: true })
    nameMain(folder, repo, '../../..')
    expect(await store.stat(key)).toBeUndefined()
  })

  it('refuses a link that leads out of the folder', async () => {
    const { folder, store, key } = open()
    const outside = join(temporaryFolder('outside'), 'secret')
    writeFileSync(outside, 'weights')
    for (const commit of [revision, other]) {
      linkInSnapshot(folder, { repo, commit, path }, outside)
      nameMain(folder, repo, commit)
      await expect(store.stat(key)).rejects.toMatchObject({
        code: 'artifact_missing',
        message: expect.stringContaining('it is a link that leads out of the folder; put the file itself'),
      })
      await expect(store.read(key)).rejects.toMatchObject({ code: 'artifact_missing' })
      expect(() => store.localPath(key)).toThrow('leads out of the folder')
      rmSync(join(folder, 'models--owner--name', 'snapshots', commit), { recursive: true })
    }
  })

  it('serves a folder that is itself reached by a link', async () => {
    const { folder, put, key } = open()
    put(revision)
    const link = join(temporaryFolder('link'), 'hub')
    symlinkSync(folder, link)
    const store = createModelFolderStore(link, () => ({ repo, revision, path }))
    expect(await text(await store.read(key))).toBe('weights')
  })
})
