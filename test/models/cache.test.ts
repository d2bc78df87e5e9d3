import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { keyOf } from '../../src/models/artifacts.ts'
import { type CachedModel, createDiskCache, type DiskCache } from '../../src/models/cache.ts'
import type { Manifest } from '../../src/models/manifest.ts'
import { temporaryFolder } from '../support/folders.ts'
import { manifestOf } from '../support/manifests.ts'
import { createMemoryStore, type MemoryStore } from '../support/memory-store.ts'
import { makeReadOnly, smallDisk, testWithDisk } from '../support/small-disk.ts'

const MODEL_BYTES = 1_500_000

function bodyOf(id: string, bytes = MODEL_BYTES): Buffer {
  return Buffer.alloc(bytes, `${id} `)
}

function modelOf(id: string, body = bodyOf(id)): Manifest {
  const sha256 = createHash('sha256').update(body).digest('hex')
  return manifestOf({ id, files: [{ path: 'model.onnx', bytes: body.length, sha256 }] })
}

function storeOf(...ids: string[]): MemoryStore {
  return createMemoryStore(Object.fromEntries(ids.map((id) => [`${id}/model.onnx`, bodyOf(id)])))
}

const context = createContext()

function fetchGraph(
  model: CachedModel,
  manifest: Manifest,
  source: MemoryStore,
  within = context,
): Promise<string> {
  return model.fetch(manifest.files[0]!, { source, key: keyOf(manifest, 'model.onnx') }, within)
}

/** Holds a model, fetches it and lets it go; returns its path. */
async function use(cache: DiskCache, id: string, source: MemoryStore): Promise<string> {
  const manifest = modelOf(id)
  const model = await cache.hold(manifest, context)
  const path = await fetchGraph(model, manifest, source)
  expect(readFileSync(path).equals(bodyOf(id))).toBe(true)
  model.release()
  return path
}

function modelsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name !== '.marks')
}

describe('createDiskCache', () => {
  it('fetches a file once, and a later process asks nobody', async () => {
    const folder = temporaryFolder('cache')
    const source = storeOf('one')
    const path = await use(createDiskCache({ folder, maxBytes: 1e9 }), 'one', source)
    expect(path).toContain(join(folder, `one@${'0'.repeat(40)}.`))
    const asked = source.reads.length
    const later = createDiskCache({ folder, maxBytes: 1e9 })
    expect(later.holds(modelOf('one'))).toBe(true)
    const model = await later.hold(modelOf('one'), context)
    expect(model.find(modelOf('one').files[0]!)).toBe(path)
    expect(await use(later, 'one', source)).toBe(path)
    expect([source.stats.length, source.reads.length]).toEqual([1, asked])
  })

  it('leaves nothing beside the models', async () => {
    const folder = temporaryFolder('cache')
    await use(createDiskCache({ folder, maxBytes: 1e9 }), 'one', storeOf('one'))
    expect(readdirSync(join(folder, '.marks'))).toEqual([])
  })

  it('lets ten callers share one fetch', async () => {
    const source = storeOf('one')
    const manifest = modelOf('one')
    const cache = createDiskCache({ folder: temporaryFolder('cache'), maxBytes: 1e9 })
    const models = await Promise.all(Array.from({ length: 10 }, () => cache.hold(manifest, context)))
    const paths = await Promise.all(models.map((model) => fetchGraph(model, manifest, source)))
    expect(new Set(paths).size).toBe(1)
    expect(source.stats).toEqual(['one/model.onnx'])
  })

  it('forgets a failure', async () => {
    const source = storeOf('one')
    const manifest = modelOf('one')
    const cache = createDiskCache({ folder: temporaryFolder('cache'), maxBytes: 1e9 })
    const model = await cache.hold(manifest, context)
    source.beforeChunk = () => {
      throw new Error('broken')
    }
    await expect(fetchGraph(model, manifest, source)).rejects.toThrow('broken')
    source.beforeChunk = () => {}
    expect(existsSync(await fetchGraph(model, manifest, source))).toBe(true)
  })

  it('lets a caller go at its deadline while another waits on', async () => {
    const source = storeOf('one')
    const manifest = modelOf('one')
    const cache = createDiskCache({ folder: temporaryFolder('cache'), maxBytes: 1e9 })
    const model = await cache.hold(manifest, context)
    const { promise: gate, open } = createGate()
    source.beforeChunk = () => gate
    const hurried = fetchGraph(model, manifest, source, createContext({ deadline: Date.now() + 20 }))
    const patient = fetchGraph(model, manifest, source)
    await expect(hurried).rejects.toMatchObject({ code: 'deadline_exceeded' })
    open()
    expect(readFileSync(await patient).equals(bodyOf('one'))).toBe(true)
    expect(source.stats).toEqual(['one/model.onnx'])
  })

  it('stops fetching, and clears up, when the last caller has gone', async () => {
    const folder = temporaryFolder('cache')
    const source = storeOf('one')
    const manifest = modelOf('one')
    const cache = createDiskCache({ folder, maxBytes: 1e9 })
    const model = await cache.hold(manifest, context)
    let ended = false
    source.beforeChunk = (_key, _position, inner) =>
      new Promise((_, reject) => {
        inner?.signal.addEventListener('abort', () => {
          ended = true
          reject(inner.signal.reason)
        })
      })
    const caller = new AbortController()
    const fetching = fetchGraph(model, manifest, source, createContext({ signal: caller.signal }))
    setTimeout(() => caller.abort(), 20)
    await expect(fetching).rejects.toMatchObject({ code: 'deadline_exceeded' })
    model.release()
    expect(ended).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(readdirSync(join(folder, '.marks'))).toEqual([])
    expect(cache.holds(manifest)).toBe(false)
  })

  it('gives another manifest of the same revision nothing that was held against this one', async () => {
    const folder = temporaryFolder('cache')
    const cache = createDiskCache({ folder, maxBytes: 1e9 })
    await use(cache, 'one', storeOf('one'))
    const wrong = modelOf('one', bodyOf('two'))
    expect(cache.holds(wrong)).toBe(false)
    const model = await cache.hold(wrong, context)
    await expect(fetchGraph(model, wrong, storeOf('one'))).rejects.toMatchObject({ code: 'artifact_corrupt' })
    model.release()
    expect(cache.holds(modelOf('one'))).toBe(true)
  })

  it.each([
    ['../../secret', 'model.onnx'],
    ['a/b', 'model.onnx'],
    ['one', '../../model.onnx'],
    ['one', '/etc/passwd'],
  ])('writes nothing outside for the model %j with the file %j', async (id, path) => {
    const manifest = manifestOf({ id, files: [{ path, bytes: 1, sha256: '0'.repeat(64) }] })
    const cache = createDiskCache({ folder: temporaryFolder('cache'), maxBytes: 1e9 })
    const holding = (async () => cache.hold(manifest, context))()
    await expect(holding).rejects.toMatchObject({ code: expect.stringMatching(/internal|invalid_request/) })
  })
})

describe('what survives in the cache', () => {
  it('is hashed again when it is older than the start of the machine', async () => {
    const folder = temporaryFolder('cache')
    const source = storeOf('one')
    const cache = createDiskCache({ folder, maxBytes: 1e9 })
    const path = await use(cache, 'one', source)
    const damaged = bodyOf('one')
    damaged[1000]! ^= 1
    writeFileSync(path, damaged)
    utimesSync(path, new Date(0), new Date(0))
    const asked = source.stats.length
    await use(cache, 'one', source)
    expect(source.stats.length).toBe(asked + 1)
    utimesSync(path, new Date(0), new Date(0))
    await use(cache, 'one', source)
    expect(source.stats.length).toBe(asked + 1)
    expect(statSync(path).mtimeMs).toBeGreaterThan(1e12)
  })

  it('is fetched again when it is shorter than it should be', async () => {
    const source = storeOf('one')
    const cache = createDiskCache({ folder: temporaryFolder('cache'), maxBytes: 1e9 })
    const path = await use(cache, 'one', source)
    writeFileSync(path, bodyOf('one').subarray(0, 1000))
    expect(cache.holds(modelOf('one'))).toBe(false)
    await use(cache, 'one', source)
  })

  it('does not include what a process that died was writing', async () => {
    const folder = temporaryFolder('cache')
    const cache = createDiskCache({ folder, maxBytes: 1e9 })
    await use(cache, 'one', storeOf('one'))
    const marks = join(folder, '.marks')
    const [here] = await marksOf(cache, folder)
    const [name, owner = ''] = here!.split('~')
    const [machine, id] = owner.split('.')
    const dead = [name, `${machine}.${id}.1`, 'x', '1'].join('~')
    const elsewhere = [name, 'othermachine.1.1', 'x', '1'].join('~')
    const abandoned = [name, 'othermachine.2.1', 'x', '1'].join('~')
    for (const mark of [dead, elsewhere, abandoned]) {
      mkdirSync(join(marks, mark))
      writeFileSync(join(marks, mark, 'partial'), bodyOf('two'))
    }
    utimesSync(join(marks, abandoned), new Date(0), new Date(0))
    await use(cache, 'two', storeOf('two'))
    expect(readdirSync(marks)).toEqual([elsewhere])
  })
})

/** The marks while a model is held. */
async function marksOf(cache: DiskCache, folder: string): Promise<string[]> {
  const model = await cache.hold(modelOf('one'), context)
  const marks = readdirSync(join(folder, '.marks'))
  model.release()
  return marks
}

describe('the bound of the cache', () => {
  it('lets the least recently used go first', async () => {
    const folder = temporaryFolder('cache')
    const source = storeOf('one', 'two', 'three')
    const cache = createDiskCache({ folder, maxBytes: 2 * MODEL_BYTES })
    for (const id of ['one', 'two', 'one', 'three']) {
      await use(cache, id, source)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const kept = ['one', 'two', 'three'].filter((id) => cache.holds(modelOf(id)))
    expect(kept).toEqual(['one', 'three'])
  })

  it('never lets go what is in use, and waits for it', async () => {
    const source = storeOf('one', 'two')
    const cache = createDiskCache({ folder: temporaryFolder('cache'), maxBytes: MODEL_BYTES })
    const one = await cache.hold(modelOf('one'), context)
    await fetchGraph(one, modelOf('one'), source)
    const hurried = createContext({ deadline: Date.now() + 20 })
    await expect(cache.hold(modelOf('two'), hurried)).rejects.toMatchObject({ code: 'deadline_exceeded' })
    const waiting = use(cache, 'two', source)
    expect(cache.holds(modelOf('one'))).toBe(true)
    one.release()
    await waiting
    expect(cache.holds(modelOf('one'))).toBe(false)
  })

  it('spares what another process uses, and says that there is no room', async () => {
    const folder = temporaryFolder('cache')
    const settings = { folder, maxBytes: MODEL_BYTES }
    const other = createDiskCache(settings)
    const one = await other.hold(modelOf('one'), context)
    await fetchGraph(one, modelOf('one'), storeOf('one'))
    const cache = createDiskCache(settings)
    await expect(cache.hold(modelOf('two'), context)).rejects.toMatchObject({ code: 'model_too_large' })
    one.release()
    await use(cache, 'two', storeOf('two'))
  })

  it('refuses a model that is larger than the whole', async () => {
    const cache = createDiskCache({ folder: temporaryFolder('cache'), maxBytes: 1000 })
    await expect(cache.hold(modelOf('one'), context)).rejects.toMatchObject({
      code: 'model_too_large',
      message: expect.stringContaining('MODEL_CACHE_BYTES'),
    })
  })

  it('touches nothing that it has not made', async () => {
    const folder = temporaryFolder('cache')
    for (const name of ['photos', `one@${'0'.repeat(40)}`]) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'file'), bodyOf('one', 10_000_000))
    }
    const cache = createDiskCache({ folder, maxBytes: MODEL_BYTES })
    for (const id of ['one', 'two', 'three']) await use(cache, id, storeOf(id))
    expect(modelsIn(folder)).toEqual(expect.arrayContaining(['photos', `one@${'0'.repeat(40)}`]))
  })

  it('is kept whatever models are used in whatever order, by however many at once', async () => {
    const ids = ['one', 'two', 'three', 'four']
    const source = storeOf(...ids)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.subarray(ids, { minLength: 1 }), { maxLength: 6 }), async (rounds) => {
        const folder = temporaryFolder('cache')
        const maxBytes = 2.5 * MODEL_BYTES
        const cache = createDiskCache({ folder, maxBytes })
        for (const round of rounds) {
          await Promise.all(round.map((id) => use(cache, id, source)))
          const bytes = modelsIn(folder).flatMap((name) =>
            readdirSync(join(folder, name)).map((file) => statSync(join(folder, name, file)).size),
          )
          expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(maxBytes)
        }
      }),
      { numRuns: 15 },
    )
  })
})

describe('a disk that will not', () => {
  testWithDisk('makes room as the disk fills up, within its own bound', async () => {
    const cache = createDiskCache({ folder: smallDisk(2.5 * MODEL_BYTES), maxBytes: 1e9 })
    for (const id of ['one', 'two', 'three', 'one']) await use(cache, id, storeOf(id))
  })

  testWithDisk('says that the disk is too small before anything is fetched', async () => {
    const cache = createDiskCache({ folder: smallDisk(MODEL_BYTES / 2), maxBytes: 1e9 })
    await expect(cache.hold(modelOf('one'), context)).rejects.toMatchObject({ code: 'model_too_large' })
  })

  testWithDisk('says that the disk became full, and leaves nothing half behind', async () => {
    const disk = smallDisk(2 * MODEL_BYTES)
    const cache = createDiskCache({ folder: disk, maxBytes: 1e9 })
    const manifest = modelOf('one')
    const source = storeOf('one')
    const model = await cache.hold(manifest, context)
    source.beforeChunk = (_key, position) => {
      if (position === 0) writeFileSync(join(disk, 'other'), Buffer.alloc(1.2 * MODEL_BYTES))
    }
    await expect(fetchGraph(model, manifest, source)).rejects.toMatchObject({
      code: 'model_too_large',
      details: { code: 'ENOSPC' },
    })
    model.release()
    expect(readdirSync(disk).sort()).toEqual(['.marks', 'other'])
    expect(readdirSync(join(disk, '.marks'))).toEqual([])
  })

  testWithDisk('serves what it has when it can only be read, and refuses the rest', async () => {
    const disk = smallDisk(10 * MODEL_BYTES)
    const path = await use(createDiskCache({ folder: disk, maxBytes: 1e9 }), 'one', storeOf('one'))
    utimesSync(path, new Date(0), new Date(0))
    makeReadOnly(disk)
    const cache = createDiskCache({ folder: disk, maxBytes: 1e9 })
    expect(await use(cache, 'one', storeOf())).toBe(path)
    await expect(cache.hold(modelOf('two'), context)).rejects.toMatchObject({
      code: 'artifact_missing',
      message: expect.stringMatching(/EROFS.*MODEL_CACHE/),
    })
  })
})

function createGate(): { promise: Promise<void>; open: () => void } {
  let open = () => {}
  const promise = new Promise<void>((resolve) => {
    open = resolve
  })
  return { promise, open }
}
