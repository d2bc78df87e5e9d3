import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OpenAI } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../src/config.ts'
import { type RunningServer, startServer } from '../src/server.ts'
import { createServerApp } from '../src/server-app.ts'
import { temporaryFolder } from './support/folders.ts'
import { startOpenAiServer } from './support/openai-server.ts'
import { MACHINE } from './support/settings.ts'

const AWAY = {
  id: 'away-chat',
  aliases: ['away'],
  task: 'generate',
  runtime: 'remote',
  repo: 'someone/away-chat',
  remoteModel: 'away-large',
  tasks: ['chat', 'judge'],
  contextTokens: 8192,
  parameters: 7_000_000_000,
  chat: { format: 'chatml' },
  license: 'apache-2.0',
  languages: ['en', 'zh'],
  remarks: ['It runs elsewhere.'],
}
const messages = [{ role: 'user' as const, content: 'What does a nurse do?' }]

describe('a server with language models', () => {
  let away: Awaited<ReturnType<typeof startOpenAiServer>>
  let server: RunningServer
  let client: OpenAI
  beforeAll(async () => {
    away = await startOpenAiServer()
    const folder = temporaryFolder('generate-app')
    const catalog = join(folder, 'llm.json')
    await writeFile(catalog, JSON.stringify([AWAY]))
    const environment = {
      PORT: '0',
      METRICS_PORT: '0',
      LLM_CATALOG: catalog,
      LLM_RUNTIME: folder,
      GENERATE_ENDPOINT: away.endpoint,
      GENERATE_ENDPOINT_KEY: 'far-key',
    }
    const config = readConfig(environment, { ...MACHINE, root: folder })
    const app = createServerApp(config, (name) => join(folder, 'dist', `${name}.js`))
    server = await startServer(app, config)
    client = new OpenAI({ apiKey: 'none', baseURL: `${server.url}/v1`, maxRetries: 0 })
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
    away?.close()
  })

  it('answers with a model that runs elsewhere, by its name there and with its key', async () => {
    const answer = await client.chat.completions.create({ model: 'away', messages, max_tokens: 3 })
    expect(answer.choices[0]).toMatchObject({
      message: { content: 'A nurse cares' },
      finish_reason: 'length',
    })
    expect(answer.usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 3 })
    expect(away.asked.at(-1)).toMatchObject({
      authorization: 'Bearer far-key',
      body: { model: 'away-large', max_tokens: 3, messages },
    })
  })

  it('streams to the client', async () => {
    let text = ''
    const options = { model: 'away-chat', messages, stream: true as const }
    for await (const chunk of await client.chat.completions.create(options)) {
      text += chunk.choices[0]?.delta.content ?? ''
    }
    expect(text).toBe('A nurse cares.')
  })

  it('tells what answers took, by model, beside what vectors took', async () => {
    await client.chat.completions.create({ model: 'away', messages, max_tokens: 3 })
    const read = async () => {
      const text = await (await fetch(server.metricsUrl!)).text()
      return (name: string) =>
        Number(new RegExp(`^embeddings_${name}\\{model="away-chat"\\} (\\S+)$`, 'm').exec(text)?.[1])
    }
    // The client has its answer before the server has looked at what it took.
    const count = async () => (await read())('first_token_duration_seconds_count')
    await expect.poll(count, { timeout: 10_000 }).toBeGreaterThan(0)
    const value = await read()
    expect(value('prompt_tokens_total')).toBe(7 * value('first_token_duration_seconds_count'))
    expect(value('generated_tokens_total')).toBeGreaterThanOrEqual(3)
    expect(value('answers_in_progress')).toBe(0)
  })

  it('lists language models where clients look for them', async () => {
    const { data } = await client.models.list()
    const { generators } = (await (await fetch(`${server.url}/models`)).json()) as {
      generators: { id: string }[]
    }
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(['jobs-static-2', 'away-chat', 'away']))
    expect(await client.models.retrieve('away')).toMatchObject({ id: 'away' })
    expect(generators.find(({ id }) => id === 'away-chat')).toMatchObject({
      runtime: 'remote',
      contextTokens: 8192,
      problem: null,
    })
  })

  it('says what to install where the runtime of a model is not there, and stays well', async () => {
    const { generators } = (await (await fetch(`${server.url}/models`)).json()) as {
      generators: { id: string; runtime: string; problem: string | null }[]
    }
    const local = generators.find(({ runtime }) => runtime === 'gguf')!
    expect(local.problem).toContain('node scripts/install-llm-runtime.mjs')
    await expect(client.chat.completions.create({ model: local.id, messages })).rejects.toMatchObject({
      status: 503,
      code: 'runtime_missing',
    })
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
  })

  it('refuses a model of the other kind on either route, in a sentence that says where it belongs', async () => {
    const embedding = client.chat.completions.create({ model: 'jobs-static', messages })
    await expect(embedding).rejects.toMatchObject({ status: 422, code: 'unsupported_task', param: 'model' })
    const chatting = client.embeddings.create({ model: 'away', input: 'nurse' })
    await expect(chatting).rejects.toMatchObject({ status: 422, code: 'unsupported_task' })
    await expect(chatting).rejects.toThrow('POST /v1/chat/completions')
    await expect(client.chat.completions.create({ model: 'gpt-9', messages })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    })
  })
})
