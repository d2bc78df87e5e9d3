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
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createDiskCache, type DiskCache } from '../../../src/models/files/cache.ts'
import { bodyOf, context, fetchGraph, modelOf, storeOf, use } from '../../support/cached-models.ts'
import { eventually } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { manifestOf } from '../../support/manifests.ts'

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

  it('fetches anew after a download that failed', async () => {
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
    const caller = new AbortController()
    source.beforeChunk = (_key, _position, inner) =>
      new Promise((_, reject) => {
        setImmediate(() => caller.abort())
        inner?.signal.addEventListener('abort', () => {
          ended = true
          reject(inner.signal.reason)
        })
      })
    const fetching = fetchGraph(model, manifest, source, createContext({ signal: caller.signal }))
    await expect(fetching).rejects.toMatchObject({ code: 'deadline_exceeded' })
    model.release()
    expect(ended).toBe(true)
    await eventually(() => expect(readdirSync(join(folder, '.marks'))).toEqual([]))
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

function createGate(): { promise: Promise<void>; open: () => void } {
  let open = () => {}
  const promise = new Promise<void>((resolve) => {
    open = resolve
  })
  return { promise, open }
}
