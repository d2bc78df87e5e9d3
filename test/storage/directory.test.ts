import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { describeStore } from '../contracts/store.ts'

const folder = mkdtempSync(join(tmpdir(), 'directory-store-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'hello.txt'), 'hello world')
const store = createDirectoryStore(folder)

describeStore({
  name: 'createDirectoryStore, as a store',
  capabilities: ['list', 'write', 'remove'],
  open: async () => ({
    store,
    async put(key, body) {
      mkdirSync(dirname(join(folder, key)), { recursive: true })
      writeFileSync(join(folder, key), body)
    },
  }),
})

describe('createDirectoryStore', () => {
  it('knows the size of a file and that a folder is none', async () => {
    expect(await store.stat('hello.txt')).toEqual({ bytes: 11, modifiedAt: expect.any(Number) })
    expect(await store.stat('')).toBeUndefined()
    expect(await store.stat('absent')).toBeUndefined()
  })

  it('says which file is missing', async () => {
    await expect(store.read('absent')).rejects.toMatchObject({
      code: 'artifact_missing',
      details: { key: 'absent' },
    })
  })

  it('says what the system answered where it could not look, which is not that there is nothing', async () => {
    symlinkSync('loop', join(folder, 'loop'))
    await expect(store.stat('loop')).rejects.toMatchObject({
      code: 'artifact_missing',
      message: expect.stringMatching(/refused loop: ELOOP; allow this program to read it/),
    })
    expect(await store.stat('hello.txt/inside')).toBeUndefined()
    expect(await store.stat('n'.repeat(300))).toBeUndefined()
  })

  it.each([
    ['../secret', 'has ".." between slashes'],
    ['/etc/passwd', 'is absolute'],
    ['a/../../b', 'has ".." between slashes'],
    ['..', 'has ".." between slashes'],
    ['./a', 'has "." between slashes'],
    ['a//b', 'has an empty name between slashes'],
    ['a\0b', 'has a null character'],
  ])('refuses the key %j, which %s', (key, problem) => {
    expect(() => store.localPath(key)).toThrow(problem)
  })
})
