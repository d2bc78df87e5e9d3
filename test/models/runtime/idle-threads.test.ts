import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { threadOptions } from '../../../src/models/runtime/idle-threads.ts'
import { importRuntime } from '../../../src/models/runtime/onnx-runtime.ts'
import { openPlainGraph } from '../../../src/models/runtime/plain-graph.ts'
import { createScoringSession, createSession } from '../../../src/models/runtime/session.ts'
import { fixtureFolder } from '../../support/fixtures.ts'

const QUIET = {
  session: { force_spinning_stop: '1', intra_op: { spin_duration_us: '200', spin_backoff_max: '16' } },
}
const graphOf = (model: string) => join(fixtureFolder, model, 'model.onnx')

/** The options that the real runtime is handed while `open` makes a session with it. */
async function handedOver(open: () => Promise<{ release(): Promise<void> }>) {
  const { InferenceSession } = await importRuntime()
  const create = vi.spyOn(InferenceSession, 'create')
  await (await open()).release()
  expect(create).toHaveBeenCalledTimes(1)
  return (create.mock.calls[0] as readonly unknown[])[1]
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the helping threads of a session', () => {
  test.each([
    ['of an encoder', () => createSession(graphOf('bert-float32'), 'bert', { threads: 2 })],
    [
      'of a graph that was optimized when it was saved',
      () => createSession(graphOf('bert-float32'), 'bert', { threads: 2, optimized: true }),
    ],
    ['of a reranker', () => createScoringSession(graphOf('bert-reranker'), 'bert', { threads: 2 })],
    ['of a collection', () => openPlainGraph(readFileSync(graphOf('bert-float32')), 2)],
  ])('are told not to look for work between runs: %s', async (_, open) => {
    expect(await handedOver(open)).toMatchObject({ intraOpNumThreads: 2, extra: QUIET })
  })

  test('are told nothing where there is only the caller’s own thread', async () => {
    const options = await handedOver(() => createSession(graphOf('bert-float32'), 'bert', { threads: 1 }))
    expect(options).toMatchObject({ intraOpNumThreads: 1 })
    expect(options).not.toHaveProperty('extra')
  })

  test('are named as this version of the runtime names them, which ignores a name that it does not know', () => {
    const binaries = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')), '../bin')
    const [library] = readdirSync(binaries, { recursive: true, encoding: 'utf8' }).filter(
      (name) =>
        name.includes(join(process.platform, process.arch)) && /onnxruntime\.(so|dylib|dll)/.test(name),
    )
    const bytes = readFileSync(join(binaries, library!))
    const { session } = threadOptions(2).extra as typeof QUIET
    const { intra_op: within, ...rest } = session
    const names = [
      ...Object.keys(rest).map((name) => `session.${name}`),
      ...Object.keys(within).map((name) => `session.intra_op.${name}`),
    ]
    expect(names).toHaveLength(3)
    for (const name of names) expect(bytes.includes(`${name}\0`), name).toBe(true)
  })
})
