import { chmodSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createDiskCache } from '../../../src/models/files/cache.ts'
import {
  bodyOf,
  context,
  fetchGraph,
  MODEL_BYTES,
  modelOf,
  modelsIn,
  storeOf,
  use,
} from '../../support/cached-models.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { makeReadOnly, smallDisk, testWithDisk } from '../../support/small-disk.ts'

/** Root may write everywhere. */
const asRoot = ' (skipped: run it as a user other than root)'

describe('the bound of the cache', () => {
  it('lets the least recently used go first', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    onTestFinished(() => void vi.useRealTimers())
    const folder = temporaryFolder('cache')
    const source = storeOf('one', 'two', 'three')
    const cache = createDiskCache({ folder, maxBytes: 2 * MODEL_BYTES })
    for (const id of ['one', 'two', 'one', 'three']) {
      await use(cache, id, source)
      vi.setSystemTime(Date.now() + 1000)
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
    for (const id of ['one', 'two', 'three', 'one']) {
      await use(cache, id, storeOf(id))
      expect(cache.holds(modelOf(id))).toBe(true)
    }
    expect(cache.holds(modelOf('two'))).toBe(false)
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

  // The test after this one is for root.
  it.runIf(process.getuid?.())(
    `serves what it has when it may only be read, and refuses the rest${process.getuid?.() ? '' : asRoot}`,
    async () => {
      const folder = temporaryFolder('cache')
      const path = await use(createDiskCache({ folder, maxBytes: 1e9 }), 'one', storeOf('one'))
      for (const closed of [join(folder, '.marks'), folder]) chmodSync(closed, 0o555)
      onTestFinished(() => {
        for (const closed of [folder, join(folder, '.marks')]) chmodSync(closed, 0o755)
      })
      const cache = createDiskCache({ folder, maxBytes: 1e9 })
      expect(await use(cache, 'one', storeOf())).toBe(path)
      await expect(cache.hold(modelOf('two'), context)).rejects.toMatchObject({
        code: 'artifact_missing',
        message: expect.stringMatching(/EACCES.*MODEL_CACHE/),
      })
    },
  )

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
