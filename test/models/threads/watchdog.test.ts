import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createThreadPool } from '../../../src/models/threads/thread-pool.ts'
import { createWatchdog } from '../../../src/models/threads/watchdog.ts'
import { settingsOf } from '../../contracts/engine.ts'
import { bundleProgram } from '../../support/bundles.ts'
import { eventually } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { writeTinyModels } from '../../support/tiny-model.ts'

const faulty = await bundleProgram('test/support/faulty-worker.ts')
const models = writeTinyModels()
const LIMIT_MS = 4000
const GRACE_MS = 10_000

// Only the clock of the watchdog stands still: time goes by when a test says so, however busy the machine is.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())
afterAll(() => {
  faulty.remove()
  models.remove()
})

function create() {
  const engine = createThreadPool({
    script: faulty.path('faulty-worker.js'),
    settings: settingsOf(models),
    workers: 1,
    queueLimit: 4,
    runLimitMs: LIMIT_MS,
  })
  onTestFinished(() => engine.close())
  const embed = (...inputs: string[]) =>
    engine.embed({ model: 'small', inputs, options: { dimensions: 2 } }, createContext())
  return { engine, embed }
}

function createPipe(): string {
  const pipe = join(temporaryFolder('pipe'), 'pipe')
  execFileSync('mkfifo', [pipe])
  return pipe
}

const reached = (path: string) => eventually(() => expect(existsSync(`${path}.reached`)).toBe(true))

/** Lets the limit pass and a look more, which is when a thread that says nothing has been found out. */
const passLimit = () => vi.advanceTimersByTime(LIMIT_MS + LIMIT_MS / 4)

test('a step that does not end fails all jobs of its thread, and the next ones have a new thread', async () => {
  const { engine, embed } = create()
  await embed('abc')
  const path = join(temporaryFolder('spin'), 'spin')
  const failed = [embed('wait'), embed(`spin ${path}`)].map((job) => job.catch((error) => error))
  await reached(path)
  passLimit()
  for (const error of await Promise.all(failed)) {
    expect(error).toMatchObject({
      code: 'inference_failed',
      message: expect.stringMatching(/in 4000 ms and was given up.*RUN_LIMIT_MS/),
    })
  }
  expect(engine.usage().filter(({ loaded }) => loaded)).toEqual([])
  expect((await embed('abc')).coldStart).toBe(true)
  expect(engine.problem!()).toBeUndefined()
})

test('a thread that stays in native code is a problem after its grace, until it ends', async () => {
  const { engine, embed } = create()
  const pipe = createPipe()
  const failed = embed(`block ${pipe}`).catch((error) => error)
  await reached(pipe)
  passLimit()
  expect(await failed).toMatchObject({ code: 'inference_failed' })
  expect((await embed('abc')).vectors.rows).toBe(1)
  expect(engine.problem!()).toBeUndefined()
  vi.advanceTimersByTime(GRACE_MS)
  expect(engine.problem!()).toMatch(/cannot be ended: 1; restart the process/)
  writeFileSync(pipe, '')
  await eventually(() => expect(engine.problem!()).toBeUndefined())
})

test('a second thread that stays is the last one', async () => {
  const { embed } = create()
  const pipes = [createPipe(), createPipe()]
  onTestFinished(() => pipes.forEach((pipe) => void writeFileSync(pipe, '')))
  for (const pipe of pipes) {
    const failed = embed(`block ${pipe}`).catch((error) => error)
    await reached(pipe)
    passLimit()
    await failed
  }
  await expect(embed('abc')).rejects.toThrow(/2 worker threads did not come back.*restart the process/)
})

test('a job that takes long, but lets others in between, is left alone', async () => {
  const { embed } = create()
  const caller = embed('wait').catch((error) => error)
  for (let look = 0; look < 20; look++) {
    vi.advanceTimersByTime(LIMIT_MS / 4)
    await embed('abc')
  }
  passLimit()
  expect(await caller).toMatchObject({ code: 'inference_failed' })
})

test('looks four times before it gives up, asks once, and not at all of a thread without work', () => {
  let busy = false
  const [ask, silent] = [vi.fn(), vi.fn()]
  const watchdog = createWatchdog(4000, { busy: () => busy, ask, silent })
  vi.advanceTimersByTime(60_000)
  expect(ask).not.toHaveBeenCalled()
  busy = true
  vi.advanceTimersByTime(4000)
  expect([ask.mock.calls.length, silent.mock.calls.length]).toEqual([1, 0])
  watchdog.heard()
  vi.advanceTimersByTime(4000)
  expect([ask.mock.calls.length, silent.mock.calls.length]).toEqual([2, 0])
  vi.advanceTimersByTime(10_000)
  expect([ask.mock.calls.length, silent.mock.calls.length]).toEqual([2, 1])
  watchdog.end()
})
