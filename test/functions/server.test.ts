import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, expect, test } from 'vitest'
import { bundleAllDoors } from '../support/bundles.ts'
import { environmentOf } from '../support/configs.ts'
import { eventually } from '../support/eventually.ts'
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

function start(more: Record<string, string> = {}): ChildProcess {
  const env = { PATH: process.env.PATH, ...environmentOf(models), ...more }
  const child = spawn(process.execPath, [doors.path('server.js')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  return child
}

/** The one line that the server prints, and the address in it. */
async function listening(child: ChildProcess): Promise<{ line: string; url: string }> {
  const [text] = await once(child.stdout!, 'data')
  const line = String(text)
  return { line, url: /http:\/\/\S+/.exec(line)![0] }
}

const embed = (url: string, body: object, signal?: AbortSignal) =>
  fetch(`${url}/embed`, {
    signal: signal ?? null,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('prints one line with its address, serves vectors, and ends well when asked to', async () => {
  const child = start()
  const { line, url } = await listening(child)
  expect(line).toMatch(/^Listening on http:\/\/127\.0\.0\.1:\d+ · try: curl http.*\/embed .*\n$/)
  expect(await (await embed(url, { input: '数据工程师' })).json()).toMatchObject({
    model: 'tiny',
    dimensions: 8,
  })
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test.each([
  [
    { AUTH_TOKN: 'secret' },
    'There is no setting AUTH_TOKN, which would be ignored; did you mean AUTH_TOKEN?',
  ],
  [
    { MODEL_SOURCES: '/no/such/folder' },
    'MODEL_SOURCES names the directory /no/such/folder, which is not there',
  ],
])('does not start with %o, and says why', async (more, sentence) => {
  const child = start(more)
  const [[text], status] = await Promise.all([once(child.stderr!, 'data'), once(child, 'exit')])
  expect(String(text)).toContain(sentence)
  expect(status).toEqual([1, null])
})

test.each([
  ['stdout', 'stderr', 'output'],
  ['stderr', 'stdout', 'error'],
] as const)('goes on when nobody reads its %s any more, and says so once on %s', async (gone, kept, name) => {
  const child = start({ ACCESS_LOG: 'true' })
  const { url } = await listening(child)
  let heard = ''
  child[kept]!.on('data', (bytes) => {
    heard += String(bytes)
  })
  child[gone]!.destroy()
  for (let time = 0; time < 5; time++) expect((await embed(url, { input: 5 })).status).toBe(400)
  await eventually(() => expect(heard).toContain(`Lines on standard ${name} are lost: write EPIPE`))
  expect(heard.match(/are lost/g)).toHaveLength(1)
})

test('starts while COLLECTIONS is not there yet, and says so', async () => {
  const child = start({ COLLECTIONS: '/no/such/collections' })
  const [[text]] = await Promise.all([once(child.stderr!, 'data'), listening(child)])
  expect(String(text)).toContain('There is no folder /no/such/collections yet, which COLLECTIONS names')
})

test('answers /health while a long batch runs, and one text before the batch is done', async () => {
  const { url } = await listening(start({ TOKEN_BUDGET: '1', MAX_INPUTS: '1000000' }))
  await embed(url, { input: 'data' })
  let done = false
  // Half a minute of work beside 21 requests of a millisecond; it is not waited for.
  const input = Array.from({ length: 600_000 }, () => 'data')
  const client = new AbortController()
  const batch = embed(url, { input, encoding: 'ubinary' }, client.signal).finally(() => {
    done = true
  })
  let healthy = 0
  for (let attempt = 0; attempt < 20; attempt++) healthy += (await fetch(`${url}/health`)).ok ? 1 : 0
  const single = await embed(url, { input: 'nurse' })
  expect([healthy, single.status, done]).toEqual([20, 200, false])
  client.abort()
  await expect(batch).rejects.toThrow()
})

test('finishes a request that runs when it is asked to end', async () => {
  const child = start({ TOKEN_BUDGET: '1', MAX_INPUTS: '100000' })
  const { url } = await listening(child)
  await embed(url, { input: 'data' })
  const batch = embed(url, { input: Array.from({ length: 20_000 }, () => 'data') })
  await fetch(`${url}/health`)
  child.kill('SIGTERM')
  expect((await batch).status).toBe(200)
  expect(await once(child, 'exit')).toEqual([0, null])
})

test.each([
  [
    { PORT: 'http' },
    'The setting PORT is "http"; expected a whole number from 0 to 65535; correct or unset it.\n',
  ],
  [
    { HOST: '203.0.113.1' },
    /^The server cannot listen on 203\.0\.113\.1, port 0: .*choose others with HOST and PORT\.\n$/,
  ],
  [{ PRELOAD_MODELS: 'absent' }, /absent/],
])('with %o it ends with one sentence', async (more, message) => {
  const child = start(more)
  const said: string[] = []
  child.stderr!.on('data', (text) => said.push(String(text)))
  expect(await once(child, 'close')).toEqual([1, null])
  if (typeof message === 'string') expect(said.join('')).toBe(message)
  else expect(said.join('')).toMatch(message)
  expect(said.join('').trim().split('\n')).toHaveLength(1)
})
