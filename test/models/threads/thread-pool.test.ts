import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { createContext } from '../../../src/context.ts'
import type { Engine } from '../../../src/models/engine/engine.ts'
import { openEngine } from '../../../src/models/engine/open.ts'
import { createThreadPool } from '../../../src/models/threads/thread-pool.ts'
import { describeEngine, settingsOf } from '../../contracts/engine.ts'
import { bundleProgram } from '../../support/bundles.ts'
import { fixtureFolder, fixtureManifests } from '../../support/fixtures.ts'
import { writeTinyModels } from '../../support/tiny-model.ts'

const worker = await bundleProgram('functions/worker.ts')
const faulty = await bundleProgram('test/support/faulty-worker.ts')
const held = await bundleProgram('test/support/held-worker.ts')
const models = writeTinyModels()
const settings = settingsOf(models)
const context = createContext()

afterAll(() => {
  for (const made of [worker, faulty, held, models]) made.remove()
})

describeEngine('the engine in a worker', (parts) =>
  createThreadPool({
    script: worker.path('worker.js'),
    settings: parts,
    workers: 1,
    queueLimit: 100,
    runLimitMs: 60_000,
  }),
)

describe('several workers', () => {
  test('share threads and memory, and each has models of its own', async () => {
    const script = worker.path('worker.js')
    const engine = createThreadPool({ script, settings, workers: 2, queueLimit: 0, runLimitMs: 60_000 })
    await engine.preload(['tiny'], context)
    const bytes = models.manifests[0]!.files.reduce((sum, file) => sum + file.bytes, 0)
    const [usage] = engine.usage()
    expect(usage).toMatchObject({ model: 'tiny', loaded: true, loads: 2 })
    expect(usage!.memoryBytes).toBeGreaterThanOrEqual(2 * bytes)
    const job = { model: 'tiny', inputs: ['data'], options: {} }
    const results = await Promise.all([engine.embed(job, context), engine.embed(job, context)])
    expect(results.map((result) => result.coldStart)).toEqual([false, false])
    expect(results.every(({ queueMs }) => queueMs !== undefined && queueMs >= 0)).toBe(true)
    await engine.close()
  })

  test.each(fixtureManifests)(
    'give the same bits as the engine in this thread: $id',
    async ({ id, task }) => {
      const real = { ...settings, manifests: fixtureManifests, sources: [fixtureFolder] }
      const local = openEngine(real)
      const script = worker.path('worker.js')
      const remote = createThreadPool({
        script,
        settings: real,
        workers: 2,
        queueLimit: 9,
        runLimitMs: 60_000,
      })
      const texts = ['data engineer', 'nurse', 'baker and cook']
      const run = async (engine: Engine) =>
        task === 'rerank'
          ? (await engine.score({ model: id, query: 'nurse', texts, options: {} }, context)).scores
          : (await engine.embed({ model: id, inputs: texts, options: {} }, context)).vectors
      expect(await run(remote)).toEqual(await run(local))
      await Promise.all([local.close(), remote.close()])
    },
  )
})

describe('a model that does not come', () => {
  const go = join(models.folder, 'go')
  const create = (queueLimit: number) => {
    const script = held.path('held-worker.js')
    return createThreadPool({
      script,
      settings,
      workers: 1,
      queueLimit,
      jobsPerWorker: 4,
      runLimitMs: 60_000,
    })
  }
  const job = (model: string) => ({ model, inputs: ['data'], options: {} })

  afterEach(() => rmSync(go, { force: true }))

  test('holds up no other model, and its own callers are served when it is there', async () => {
    const engine = create(4)
    const waiting = [
      ...Array.from({ length: 6 }, () => engine.embed(job('other'), context)),
      engine.tokenize({ model: 'other', texts: ['data'], specialTokens: false, maxBytes: 1000 }, context),
    ]
    for (let turn = 0; turn < 10; turn++) {
      expect((await engine.embed(job('tiny'), context)).vectors.rows).toBe(1)
    }
    writeFileSync(go, '')
    const results = await Promise.all(waiting)
    expect(results.filter((result) => 'coldStart' in result && result.coldStart)).toHaveLength(1)
    await engine.close()
  })

  test('lets a bounded number wait for it, and names it to the others', async () => {
    const engine = create(1)
    const leaving = new AbortController()
    const gone = createContext({ signal: leaving.signal })
    const waiting: Promise<unknown>[] = []
    for (let caller = 0; caller < 5; caller++) {
      waiting.push(engine.embed(job('other'), gone))
      // Served in order: by the time that this one is, the one before has left its place.
      await engine.embed(job('tiny'), context)
    }
    await expect(engine.embed(job('other'), context)).rejects.toMatchObject({
      code: 'overloaded',
      message: expect.stringMatching(/Model other is being loaded and 5 requests wait for it/),
    })
    leaving.abort()
    const ended = await Promise.allSettled(waiting)
    expect(ended).toEqual(Array(5).fill(expect.objectContaining({ status: 'rejected' })))
    writeFileSync(go, '')
    expect((await engine.embed(job('other'), context)).vectors.rows).toBe(1)
    await engine.close()
  })

  test('can be closed before it has come', async () => {
    const engine = create(4)
    const waiting = engine.embed(job('other'), context)
    await engine.embed(job('tiny'), context)
    const [failed] = await Promise.all([Promise.allSettled([waiting]), engine.close()])
    expect(failed).toMatchObject([{ status: 'rejected' }])
  })
})

describe('workers that fail', () => {
  const engines: Engine[] = []
  const create = (queueLimit = 10, workers = 1) => {
    const script = faulty.path('faulty-worker.js')
    const engine = createThreadPool({
      script,
      settings,
      workers,
      queueLimit,
      jobsPerWorker: 4,
      runLimitMs: 60_000,
    })
    engines.push(engine)
    return engine
  }
  const embed = (engine: Engine, input: string, signal = new AbortController().signal) =>
    engine.embed({ model: 'small', inputs: [input], options: { dimensions: 2 } }, createContext({ signal }))

  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close()))
  })

  test('a worker that dies fails the jobs that it had, and the next job has a new one', async () => {
    const engine = create()
    expect((await embed(engine, 'abc')).coldStart).toBe(true)
    const failed = await Promise.allSettled([embed(engine, 'wait'), embed(engine, 'die')])
    for (const result of failed) {
      expect(result).toMatchObject({ reason: { code: 'inference_failed', details: { exitCode: 3 } } })
    }
    expect(engine.usage().filter(({ loaded }) => loaded)).toEqual([])
    expect((await embed(engine, 'abc')).coldStart).toBe(true)
  })

  test('an error out of nowhere is the cause of the failure', async () => {
    const engine = create()
    await expect(embed(engine, 'throw')).rejects.toThrow(
      expect.objectContaining({ code: 'inference_failed', cause: expect.any(RangeError) }),
    )
    expect((await embed(engine, 'abc')).vectors.data).toEqual(Float32Array.of(3, 1))
  })

  test('a program that is not there fails each job and nothing else', async () => {
    const engine = createThreadPool({
      script: '/nowhere.js',
      settings,
      workers: 1,
      queueLimit: 1,
      runLimitMs: 60_000,
    })
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(embed(engine, 'abc')).rejects.toThrow(
        expect.objectContaining({ code: 'inference_failed' }),
      )
    }
    await engine.close()
  })

  test('refuses a job when the line is full, and serves it when there is room', async () => {
    const engine = create(1)
    const caller = new AbortController()
    const running = Array.from({ length: 4 }, () => embed(engine, 'wait', caller.signal))
    const waiting = embed(engine, 'abc')
    await expect(embed(engine, 'abc')).rejects.toThrow(expect.objectContaining({ code: 'overloaded' }))
    caller.abort()
    const ended = await Promise.allSettled(running)
    expect(ended.map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
    expect((await waiting).vectors.rows).toBe(1)
  })

  test('tells the worker when a caller has gone', async () => {
    const engine = create()
    await embed(engine, 'abc')
    const caller = new AbortController()
    const answer = embed(engine, 'wait', caller.signal)
    // When the job has been sent: its worker runs already.
    setImmediate(() => caller.abort())
    await expect(answer).rejects.toThrow(
      expect.objectContaining({ code: 'internal', cause: expect.stringContaining('told to stop') }),
    )
  })

  test('a single text does not wait for the end of a long job', async () => {
    const engine = create()
    const caller = new AbortController()
    const settled = vi.fn()
    const long = embed(engine, 'wait', caller.signal).finally(settled)
    expect((await embed(engine, 'abc')).vectors.rows).toBe(1)
    expect(settled).not.toHaveBeenCalled()
    caller.abort()
    await expect(long).rejects.toThrow()
  })
})

test('what cannot be sent to a worker fails by itself, and the next job is served', async () => {
  const engine = createThreadPool({
    script: worker.path('worker.js'),
    settings,
    workers: 1,
    queueLimit: 1,
    runLimitMs: 60_000,
  })
  const job = { model: 'tiny', inputs: ['data'], options: {} }
  const unsendable = { ...job, callback: () => undefined }
  for (let attempt = 0; attempt < 6; attempt++) {
    await expect(engine.embed(unsendable, context)).rejects.toMatchObject({ code: 'internal' })
  }
  expect((await engine.embed(job, context)).vectors.rows).toBe(1)
  await engine.close()
})
