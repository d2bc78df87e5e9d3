import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { downloadVerified, planParts } from '../../../src/models/files/download.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { createMemoryStore, type MemoryStore } from '../../support/memory-store.ts'

const MB = 1 << 20

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 2_654_435_761) >>> 24)
}

function fileOf(body: Uint8Array) {
  return { path: 'model.onnx', bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') }
}

async function download(source: MemoryStore, expected: ReturnType<typeof fileOf>, context = createContext()) {
  const path = join(temporaryFolder('download'), 'file')
  const file = await open(path, 'wx+')
  try {
    await downloadVerified({ source, key: 'tiny/model.onnx', expected, model: 'tiny' }, file, context)
  } finally {
    await file.close()
  }
  return readFileSync(path)
}

describe('downloadVerified', () => {
  it.each([1, 1000, MB, MB + 1, 5 * MB + 12_345, 23 * MB])('brings %d bytes unchanged', async (length) => {
    const body = bytesOf(length)
    const got = await download(createMemoryStore({ 'tiny/model.onnx': body }), fileOf(body))
    expect(got.equals(body)).toBe(true)
  })

  it('hashes in order whatever order the parts come in', async () => {
    const body = bytesOf(6 * MB)
    const store = createMemoryStore({ 'tiny/model.onnx': body })
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat({ max: 3 })), async (turns) => {
        store.beforeChunk = async () => {
          for (let turn = turns.next().value ?? 0; turn > 0; turn--) await new Promise(setImmediate)
        }
        expect((await download(store, fileOf(body))).equals(body)).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  it('asks for each byte once', async () => {
    const body = bytesOf(20 * MB)
    const store = createMemoryStore({ 'tiny/model.onnx': body })
    await download(store, fileOf(body))
    expect(store.stats).toEqual(['tiny/model.onnx'])
    expect(store.reads.map(({ range }) => range)).toEqual(planParts(body.length))
  })

  it('has at most eight parts under way, and as many', async () => {
    const body = bytesOf(20 * MB)
    const store = createMemoryStore({ 'tiny/model.onnx': body })
    const parts = planParts(body.length)
    const open = new Set<number>()
    let most = 0
    store.beforeChunk = (_key, position) => {
      const part = parts.findIndex(({ end }) => position < end)
      open.add(part)
      most = Math.max(most, open.size)
      if (position + 64 * 1024 >= parts[part]!.end) open.delete(part)
      return new Promise(setImmediate)
    }
    await download(store, fileOf(body))
    expect(most).toBe(8)
  })

  it('refuses one wrong byte and says what it got', async () => {
    const body = bytesOf(3 * MB)
    const wrong = Uint8Array.from(body)
    wrong[2 * MB]! ^= 1
    await expect(
      download(createMemoryStore({ 'tiny/model.onnx': wrong }), fileOf(body)),
    ).rejects.toMatchObject({
      code: 'artifact_corrupt',
      details: { expected: `SHA-256 ${fileOf(body).sha256}`, got: fileOf(wrong).sha256 },
    })
  })

  it.each([
    ['a truncated file', bytesOf(MB - 1), '1048575 bytes'],
    ['a longer file', bytesOf(MB + 1), '1048577 bytes'],
    [
      'a Git LFS pointer',
      Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
      'Git LFS pointer',
    ],
  ])('refuses %s before fetching it', async (_name, body, got) => {
    const store = createMemoryStore({ 'tiny/model.onnx': body })
    await expect(download(store, fileOf(bytesOf(MB)))).rejects.toThrow(got)
    expect(store.reads.filter(({ range }) => range)).toEqual([])
  })

  it('refuses a source that sends more or less than a part', async () => {
    const body = bytesOf(MB)
    const store = createMemoryStore({ 'tiny/model.onnx': body })
    for (const length of [-1, 1]) {
      const lying = {
        ...store,
        read: (key: string, range = { start: 0, end: MB }) =>
          length < 0
            ? store.read(key, { start: range.start, end: range.end - 1 })
            : createMemoryStore({ [key]: bytesOf(MB + 1) }).read(key),
      }
      await expect(download(lying, fileOf(body))).rejects.toMatchObject({ code: 'artifact_corrupt' })
    }
  })

  it('stops every part when one fails', async () => {
    const body = bytesOf(20 * MB)
    const store = createMemoryStore({ 'tiny/model.onnx': body })
    let chunks = 0
    store.beforeChunk = async (_key, _position, context) => {
      if (++chunks === 10) throw new Error('broken')
      await new Promise(setImmediate)
      context?.signal.throwIfAborted()
    }
    await expect(download(store, fileOf(body))).rejects.toThrow('broken')
    expect(chunks).toBeLessThan(30)
  })

  it('fails on a full disk with the error of the system', async () => {
    const body = bytesOf(3 * MB)
    const file = await open('/dev/full', 'r+')
    const source = createMemoryStore({ 'tiny/model.onnx': body })
    const loading = downloadVerified(
      { source, key: 'tiny/model.onnx', expected: fileOf(body), model: 'tiny' },
      file,
      createContext(),
    )
    await expect(loading).rejects.toMatchObject({ code: 'ENOSPC' })
    await file.close()
  })
})

describe('planParts', () => {
  it('covers any size without gap or overlap, in parts of 1 to 8 MiB', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 / 1024 }), (bytes) => {
        const parts = planParts(bytes)
        expect(parts[0]!.start).toBe(0)
        expect(parts.at(-1)!.end).toBe(bytes)
        for (const [index, { start, end }] of parts.entries()) {
          if (index > 0) expect(start).toBe(parts[index - 1]!.end)
          expect(end - start).toBeGreaterThan(0)
          expect(end - start).toBeLessThanOrEqual(8 * MB)
          if (index < parts.length - 1) expect(end - start).toBeGreaterThanOrEqual(MB)
        }
      }),
    )
  })
})
