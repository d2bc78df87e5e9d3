import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { openEngine } from '../../../src/models/engine/open.ts'
import { bundleProgram } from '../../support/bundles.ts'
import type { EmbedOnce } from '../../support/embed-once.ts'
import { type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { type HubServer, startHubServer } from '../../support/hub-server.ts'
import { hubModel, modelFiles, settingsFor, shippedFolder } from '../../support/shipped-model.ts'

const input = 'data engineer'
const program = await bundleProgram('test/support/embed-once.ts')
let hub: HubServer
let proxy: FaultyProxy
let right: number[]

beforeAll(async () => {
  hub = await startHubServer()
  for (const [path, body] of modelFiles()) hub.put(hubModel.repo, hubModel.revision, path, body)
  proxy = await startFaultyProxy(hub.endpoint)
  const engine = openEngine(settingsFor('/nowhere', [shippedFolder]))
  const { vectors } = await engine.embed(
    { model: hubModel.id, inputs: [input], options: {} },
    createContext(),
  )
  right = Array.from(vectors.data)
  await engine.close()
})
afterAll(() => {
  proxy.close()
  hub.close()
  program.remove()
})

function start(folder: string): ChildProcess {
  const settings = settingsFor(folder, ['hf:'], { hubEndpoint: proxy.endpoint })
  const job: EmbedOnce = { settings, model: hubModel.id, input }
  const options = { stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'] }
  return spawn(process.execPath, [program.path('embed-once.js'), JSON.stringify(job)], options)
}

async function outcomeOf(child: ChildProcess): Promise<{ vector?: number[]; code?: string }> {
  return JSON.parse(await text(child.stdout!))
}

/** The bytes that processes have written and not yet finished. */
function partialBytes(folder: string): number {
  try {
    return readdirSync(join(folder, '.marks'), { recursive: true, encoding: 'utf8' })
      .map((path) => statSync(join(folder, '.marks', path)))
      .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0)
  } catch {
    return 0
  }
}

const filesIn = (folder: string) => readdirSync(folder).filter((name) => name !== '.marks')

describe('processes that share a cache', () => {
  it('find nothing half after kill -9 in the middle of a download, and load the model', async () => {
    const folder = temporaryFolder('cache')
    proxy.faultOf = () => ({ kind: 'drip', afterBytes: 300_000, bytes: 1000, everyMs: 10 })
    const killed = start(folder)
    while (partialBytes(folder) < 1_000_000) await sleep(10)
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    const left = filesIn(folder).flatMap((name) => readdirSync(join(folder, name)))
    expect(left).not.toContain(hubModel.graph)
    expect(partialBytes(folder)).toBeGreaterThan(0)
    proxy.faultOf = () => undefined
    expect(await outcomeOf(start(folder))).toEqual({ vector: right })
    expect(readdirSync(join(folder, '.marks'))).toEqual([])
  })

  it('may fetch the same model at the same time', async () => {
    const folder = temporaryFolder('cache')
    const outcomes = await Promise.all([1, 2, 3].map(() => outcomeOf(start(folder))))
    expect(outcomes).toEqual([{ vector: right }, { vector: right }, { vector: right }])
    expect(filesIn(folder)).toHaveLength(1)
    expect(readdirSync(join(folder, '.marks'))).toEqual([])
  })

  it('need no source once the model is there', async () => {
    const folder = temporaryFolder('cache')
    expect(await outcomeOf(start(folder))).toEqual({ vector: right })
    const asked = hub.requests.length
    expect(await outcomeOf(start(folder))).toEqual({ vector: right })
    expect(hub.requests.length).toBe(asked)
  })
})
