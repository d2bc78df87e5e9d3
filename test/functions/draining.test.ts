import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { afterAll, afterEach, expect, test } from 'vitest'
import { bundleAllDoors } from '../support/bundles.ts'
import { environmentOf } from '../support/configs.ts'
import { writeTinyModels } from '../support/tiny-model.ts'

const doors = await bundleAllDoors()
const models = writeTinyModels()
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => {
  doors.remove()
  models.remove()
})

async function start(more: Record<string, string>): Promise<{ child: ChildProcess; url: string }> {
  const env = { PATH: process.env.PATH, ...environmentOf(models), ...more }
  const child = spawn(process.execPath, [doors.path('server.js')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [text] = await once(child.stdout!, 'data')
  return { child, url: /http:\/\/\S+/.exec(String(text))![0] }
}

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

/** One request; fails as the connection does. */
function ask(url: string, agent: Agent, body?: object): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const sent = request(url, { agent, method: body ? 'POST' : 'GET', headers }, (reply) => {
      reply
        .on('error', reject)
        .on('end', () => resolve({ status: reply.statusCode!, headers: reply.headers }))
      reply.resume()
    })
    sent.on('error', reject).end(body && JSON.stringify(body))
  })
}

test('told to stop, it resets none of 40 clients on kept connections, not even those that look at nothing', async () => {
  const { child, url } = await start({ DRAIN_SECONDS: '2', QUEUE_LIMIT: '1000' })
  const replies: Reply[] = []
  // Each goes on until nobody listens any more, which it finds out when an answer has ended its connection.
  const client = async (): Promise<unknown> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    try {
      while (true) replies.push(await ask(`${url}/embed`, agent, { input: 'data engineer' }))
    } catch (error) {
      return error
    }
  }
  const clients = Array.from({ length: 40 }, client)
  const balancer = new Agent()
  while (replies.length < 200) await ask(`${url}/ready`, balancer)
  child.kill('SIGTERM')
  while ((await ask(`${url}/ready`, balancer)).status === 200);
  // It still serves: a load balancer may not have heard of it yet.
  const late = await ask(`${url}/embed`, new Agent({ keepAlive: true }), { input: 'nurse' })
  expect([late.status, late.headers.connection]).toEqual([200, 'keep-alive'])
  const ends = await Promise.all(clients)
  expect(ends.filter((error) => (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED')).toEqual([])
  expect(replies.filter(({ status }) => status !== 200)).toEqual([])
  expect(replies.filter(({ headers }) => headers.connection === 'close')).toHaveLength(40)
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('hears a signal that comes while its program is being read, as the first process of a container has to', async () => {
  const program = `const modules = require('node:module'); const load = modules._load
modules._load = function (name, ...more) {
  if (name === './server.bundle.js') process.kill(process.pid, 'SIGTERM')
  return load.call(this, name, ...more)
}
require(${JSON.stringify(doors.path('server.js'))})`
  const env = { PATH: process.env.PATH, ...environmentOf(models), DRAIN_SECONDS: '0' }
  const child = spawn(process.execPath, ['--eval', program], { env, stdio: 'ignore' })
  children.push(child)
  // Ended by its own first lines, or stopped once it served: never by the signal itself, which process 1 would not hear.
  expect(await once(child, 'exit')).toSatisfy(([code, signal]) => [0, 143].includes(code) && signal === null)
})

test('ends at once when it is told to stop twice', async () => {
  const { child, url } = await start({ DRAIN_SECONDS: '20' })
  child.kill('SIGTERM')
  while ((await ask(`${url}/ready`, new Agent())).status === 200);
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([null, 'SIGTERM'])
})

test('leaves before the grace ends, and gives a request that is not done by then an error', async () => {
  const { child, url } = await start({
    // A fifth of it is for answers to get out, on a crowded machine too.
    GRACE_SECONDS: '15',
    DRAIN_SECONDS: '0',
    TOKEN_BUDGET: '1',
    MAX_INPUTS: '1000000',
  })
  const agent = new Agent({ keepAlive: true })
  await ask(`${url}/embed`, agent, { input: 'data' })
  // Half a minute of work.
  const long = ask(`${url}/embed`, agent, {
    input: Array.from({ length: 600_000 }, () => 'data'),
    encoding: 'ubinary',
  })
  while ((await ask(`${url}/models`, new Agent())).status !== 200);
  child.kill('SIGTERM')
  const { status, headers } = await long
  expect([status, headers['x-error-code'], headers['retry-after']]).toEqual([429, 'overloaded', '1'])
  // On a crowded machine its threads may take longer to end than the grace has left.
  expect(await once(child, 'exit')).toSatisfy(([code, signal]) => code === 0 || signal === 'SIGKILL')
})
