import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import OpenAI, { toFile } from 'openai'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { bundleAllDoors } from '../support/bundles.ts'
import { environmentOf } from '../support/configs.ts'
import { temporaryFolder } from '../support/folders.ts'
import { writeTinyModels } from '../support/tiny-model.ts'

const doors = await bundleAllDoors()
const models = writeTinyModels()
const children: ChildProcess[] = []
type Batch = OpenAI.Batches.Batch

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => {
  doors.remove()
  models.remove()
})

/** A server with files in a folder, and the official client of OpenAI before it. */
async function serve(folder: string, more: Record<string, string> = {}) {
  const env = { PATH: process.env.PATH, ...environmentOf(models), FILES: join(folder, 'files'), ...more }
  const child = spawn(process.execPath, [doors.path('server.js')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [text] = await once(child.stdout!, 'data')
  const url = /http:\/\/\S+/.exec(String(text))![0]
  return {
    child,
    url,
    client: new OpenAI({ baseURL: `${url}/v1`, apiKey: more.AUTH_TOKEN ?? 'none', maxRetries: 0 }),
  }
}

type Server = Awaited<ReturnType<typeof serve>>

const upload = async ({ client }: Server, name: string, content: string | Buffer) =>
  client.files.create({ file: await toFile(Buffer.from(content), name), purpose: 'batch' })

function begin({ client }: Server, file: string, settings: object = {}): Promise<Batch> {
  const body = { input_file_id: file, endpoint: '/v1/embeddings', completion_window: '24h' } as const
  return client.batches.create({ ...body, ...{ serverless_embeddings: settings } })
}

async function until({ client }: Server, { id }: Batch, done: (batch: Batch) => boolean): Promise<Batch> {
  return vi.waitFor(
    async () => {
      const batch = await client.batches.retrieve(id)
      if (!done(batch)) throw new Error(`The batch is ${batch.status}: ${JSON.stringify(batch.errors)}`)
      return batch
    },
    { timeout: 240_000, interval: 10 },
  )
}

const isOver = ({ status }: Batch) => ['completed', 'failed', 'cancelled', 'expired'].includes(status)

async function linesOf(
  { client }: Server,
  file: string | undefined | null,
): Promise<Record<string, unknown>[]> {
  if (!file) return []
  const text = await (await client.files.content(file)).text()
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

test("OpenAI's client uploads lines, runs a batch, reads its output and its errors, and lists and deletes both", async () => {
  const server = await serve(temporaryFolder('batches'))
  const line = (id: number, input: string) =>
    JSON.stringify({
      custom_id: `r${id}`,
      method: 'POST',
      url: '/v1/embeddings',
      body: { model: 'tiny', input },
    })
  const lines = [line(0, 'data'), line(1, 'nurse'), line(2, ''), line(3, '数据')]
  const file = await upload(server, 'lines.jsonl', lines.join('\n'))
  expect(file).toMatchObject({
    object: 'file',
    purpose: 'batch',
    filename: 'lines.jsonl',
    status: 'processed',
  })
  const made = await server.client.batches.create({
    input_file_id: file.id,
    endpoint: '/v1/embeddings',
    completion_window: '24h',
    metadata: { team: 'hiring' },
  })
  expect(made).toMatchObject({ object: 'batch', status: 'validating', metadata: { team: 'hiring' } })
  const batch = await until(server, made, isOver)
  expect(batch).toMatchObject({
    status: 'completed',
    errors: null,
    request_counts: { total: 4, completed: 3, failed: 1 },
    model: 'tiny',
  })
  const output = await linesOf(server, batch.output_file_id)
  expect(output.map(({ custom_id }) => custom_id)).toEqual(['r0', 'r1', 'r3'])
  expect(output[0]).toMatchObject({
    error: null,
    response: { status_code: 200, body: { object: 'list', model: 'tiny' } },
  })
  expect(await linesOf(server, batch.error_file_id)).toMatchObject([
    { custom_id: 'r2', response: { status_code: 400 }, line: 3 },
  ])
  const listed: string[] = []
  for await (const { id } of server.client.files.list({ limit: 1, order: 'asc' })) listed.push(id)
  expect(listed).toEqual([file.id, batch.output_file_id, batch.error_file_id])
  const batches = []
  for await (const { id } of server.client.batches.list({ limit: 1 })) batches.push(id)
  expect(batches).toEqual([batch.id])
  expect(await server.client.files.delete(batch.output_file_id!)).toMatchObject({ deleted: true })
  await expect(server.client.files.content(batch.output_file_id!)).rejects.toThrow(/404 There is no file/)
})

test('a batch goes on where a server was killed, and no row is lost or doubled', async () => {
  const folder = temporaryFolder('killed')
  const first = await serve(folder)
  const rows = 6000
  const csv = Array.from({ length: rows }, (_, row) => `${row},data ${row}\n`).join('')
  const file = await upload(first, 'rows.csv', `id,text\n${csv}`)
  const made = await begin(first, file.id, { model: 'tiny', shardRows: 16, encoding: 'ubinary' })
  const half = await until(first, made, ({ request_counts: counts }) => counts!.completed > 0)
  const embedded = await first.client.embeddings.create({ model: 'tiny', input: 'nurse' })
  const beside = await first.client.batches.retrieve(made.id)
  expect([half.status, embedded.data.length, beside.status]).toEqual(['in_progress', 1, 'in_progress'])
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  const second = await serve(folder)
  const batch = await until(second, made, isOver)
  expect(batch).toMatchObject({
    status: 'completed',
    created_at: made.created_at,
    request_counts: { total: rows, completed: rows, failed: 0 },
  })
  const output = await linesOf(second, batch.output_file_id)
  expect(output.map(({ index }) => index)).toEqual(Array.from({ length: rows }, (_, index) => index))
}, 300_000)

test('a file of Excel in China is previewed as it will be read, and one that needs a setting says which', async () => {
  const server = await serve(temporaryFolder('preview'))
  const gb18030 = Buffer.from('b1e0bac52cb8dacebb0a312cbba4cabf0a322cb9a4b3cccaa60a', 'hex')
  const file = await upload(server, '简历.csv', gb18030)
  const preview = (settings: object) =>
    fetch(`${server.url}/v1/files/${file.id}/preview`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ serverless_embeddings: settings }),
    }).then((response) => response.json())
  expect(await preview({ model: 'tiny' })).toMatchObject({
    filename: '简历.csv',
    problem: { param: 'textColumn', message: expect.stringContaining('name the one with the text') },
    charset: 'gb18030',
    columns: ['编号', '岗位'],
    text_column: null,
  })
  expect(await preview({ model: 'tiny', textColumn: '岗位' })).toMatchObject({
    problem: null,
    text_column: '岗位',
    first_rows: [{ line: 2, fields: { 编号: '1', 岗位: '护士' } }, { line: 3 }],
    whole: true,
    model: 'tiny',
  })
})

test('a workbook of Excel fails before anything is embedded, with the sentence that helps', async () => {
  const server = await serve(temporaryFolder('workbook'))
  const zip = Buffer.concat([
    Buffer.from('504b030414000600', 'hex'),
    Buffer.from('[Content_Types].xml xl/workbook.xml'),
  ])
  const file = await upload(server, 'resumes.xlsx', zip)
  const batch = await until(server, await begin(server, file.id, { model: 'tiny' }), isOver)
  expect(batch).toMatchObject({
    status: 'failed',
    output_file_id: null,
    errors: { data: [{ code: 'invalid_request', message: expect.stringContaining('CSV UTF-8') }] },
  })
})

test('a second server with the same folder serves vectors, and says why it serves no files', async () => {
  const folder = temporaryFolder('shared')
  const first = await serve(folder)
  await upload(first, 'one.csv', 'text\ndata\n')
  const second = await serve(folder)
  await expect(second.client.files.list()).rejects.toThrow(/502 Files and batches are not served here/)
  expect((await second.client.embeddings.create({ model: 'tiny', input: 'nurse' })).data.length).toBe(1)
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  const listed = await second.client.files.list()
  expect(listed.data.map(({ filename }) => filename)).toEqual(['one.csv'])
})

test('with a token only its owner has files, batches and models loaded and unloaded', async () => {
  const server = await serve(temporaryFolder('token'), { AUTH_TOKEN: 'secret' })
  const headers = { authorization: 'Bearer secret' }
  const file = await upload(server, 'one.csv', 'text\ndata\n')
  for (const [method, path] of [
    ['GET', '/v1/files'],
    ['DELETE', `/v1/files/${file.id}`],
    ['GET', '/v1/batches'],
    ['POST', '/models/tiny/load'],
  ] as const) {
    expect((await fetch(server.url + path, { method })).status).toBe(401)
  }
  const control = async (verb: string) =>
    (await fetch(`${server.url}/models/tiny/${verb}`, { method: 'POST', headers })).json()
  expect(await control('load')).toMatchObject({ model: { id: 'tiny', loaded: true, loads: 1 } })
  expect(await control('unload')).toMatchObject({ model: { id: 'tiny', loaded: false, memoryBytes: 0 } })
  expect(await control('load')).toMatchObject({ model: { id: 'tiny', loaded: true, loads: 2 } })
})
