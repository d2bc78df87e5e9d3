import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { startQueueWorker } from '../../src/queue/queue-worker.ts'
import { temporaryFolder } from '../support/folders.ts'

const machine = { memoryBytes: 2 ** 31, processors: 1, root: process.cwd() }
/** A thread that has loaded whatever it is asked to, and runs nothing. */
const IDLE = `const { parentPort } = require('node:worker_threads')
parentPort.on('message', (messages) => {
  for (const { kind, id } of messages) {
    if (kind === 'call') parentPort.postMessage({ about: [{ kind: 'result', id, result: undefined }], usage: [] })
    if (kind === 'close') parentPort.close()
  }
})`
const SCRIPT = join(temporaryFolder('idle-thread'), 'worker.cjs')
writeFileSync(SCRIPT, IDLE)

function configOf(more: Record<string, string>) {
  return readConfig({ PORT: '0', MODEL_CACHE: temporaryFolder('worker'), ...more }, machine)
}

/** A queue without messages. */
async function emptyQueue(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
    vi.unstubAllEnvs()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/1/files`
}

test.each([
  [{}, 'QUEUE_URL is missing'],
  [{ QUEUE_URL: 'amqp://rabbit' }, 'QUEUE_URL is "amqp://rabbit"; expected the address'],
])('without the address of a queue it does not start: %j', async (more, message) => {
  await expect(startQueueWorker(configOf(more), SCRIPT, 'none')).rejects.toThrow(message)
})

test('does not learn where texts are logged, and says so', async () => {
  const settings = { QUEUE_URL: 'http://127.0.0.1:9/1/files', TRAIN_JOBS: 'true', LOG_INPUTS: 'true' }
  await expect(startQueueWorker(configOf(settings), SCRIPT, 'none')).rejects.toThrow(
    'TRAIN_JOBS and LOG_INPUTS are both on; pairs are never logged',
  )
})

test('is ready once the queue has answered, shows its metrics, and is not while it stops', async () => {
  const url = await emptyQueue()
  const worker = await startQueueWorker(configOf({ QUEUE_URL: url, METRICS_PORT: '0' }), SCRIPT, 'none')
  await worker.begun
  expect(worker.problem()).toBeUndefined()
  expect((await fetch(`${worker.url}/health`)).status).toBe(200)
  expect(await (await fetch(`${worker.url}/ready`)).json()).toEqual({ status: 'ready' })
  expect((await fetch(`${worker.url}/embed`)).status).toBe(404)
  expect(await (await fetch(worker.metricsUrl!)).text()).toContain('embeddings_messages_in_work 0')
  expect(await worker.stop()).toBe(true)
  await expect(fetch(`${worker.url}/ready`)).rejects.toThrow()
})
