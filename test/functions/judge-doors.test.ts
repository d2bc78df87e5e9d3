import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI, { toFile } from 'openai'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { runCollectionCommand } from '../../scripts/collections/commands.ts'
import { bundleAllDoors } from '../support/bundles.ts'
import { functionUrlEvent } from '../support/events.ts'
import { temporaryFolder } from '../support/folders.ts'
import { startJudgeServer } from '../support/judge-server.ts'
import { runLambda } from '../support/lambda.ts'

const root = join(import.meta.dirname, '..', '..')
const doors = await bundleAllDoors()
const away = await startJudgeServer(
  (resume) => (resume.startsWith('barista') ? 0.95 : 0.05),
  true,
  (resume) => [resume.split(/[ ,]/)[0]!, 'ten years of intensive care'],
)
const MODEL = 'openai.gpt-oss-20b-1:0'
const environment: Record<string, string> = {
  MODEL_SOURCES: join(root, 'layers', 'models'),
  GENERATE_ENDPOINT: away.endpoint,
  GENERATE_ENDPOINT_KEY: 'far-key',
  GENERATE_MODELS: MODEL,
  JUDGE_WEIGHT: '0.5',
  JUDGE_TIMEOUT_MS: '60000',
}
const job = {
  query: 'night nurse, intensive care',
  candidates: ['intensive care nurse', 'nurse on night shifts', 'barista, formerly nurse', 'truck driver'],
}
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => {
  away.close()
  doors.remove()
})

interface Answer {
  readonly results: readonly { readonly index: number; readonly judge?: number; readonly quotes?: string[] }[]
  readonly warnings: readonly string[]
  readonly error?: {
    readonly code: string
    readonly message: string
    readonly details: { readonly field: string }
  }
}

/** The HTTP answer of the function of matches to one body. */
async function matchOnLambda(body: object, more: Record<string, string> = {}) {
  const event = functionUrlEvent({ rawPath: '/match', isBase64Encoded: false, body: JSON.stringify(body) })
  const env = { ...environment, AWS_LAMBDA_FUNCTION_NAME: 'match-prod', ...more }
  const { outcomes } = await runLambda(doors.path('match.js'), env, [event])
  const { statusCode, body: text } = outcomes[0]!.result!
  return { status: statusCode, answer: JSON.parse(text) as Answer }
}

async function serve(more: Record<string, string> = {}) {
  const env = { PATH: process.env.PATH, ...environment, PORT: '0', FILES: temporaryFolder('judged'), ...more }
  const child = spawn(process.execPath, [doors.path('server.js')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [text] = await once(child.stdout!, 'data')
  return /http:\/\/\S+/.exec(String(text))![0]
}

async function matchOn(url: string, body: object) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/match`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, answer: (await response.json()) as Answer }
}

const orderOf = ({ results }: Answer) => results.map(({ index }) => index)

describe('the judge in the function of matches', () => {
  it('is a model of another server, asked with its key, and orders the best within bounds', async () => {
    const without = await matchOnLambda(job)
    away.asked.length = 0
    const { status, answer } = await matchOnLambda({ ...job, judge: { model: MODEL } })
    expect(status).toBe(200)
    expect(away.asked).toHaveLength(4)
    expect(away.asked[0]).toMatchObject({
      authorization: 'Bearer far-key',
      body: { model: MODEL, max_tokens: 1, logprobs: true },
    })
    const chances = Object.fromEntries(answer.results.map(({ index, judge }) => [index, judge]))
    expect(chances[2]).toBeCloseTo(0.95, 5)
    expect(chances[0]).toBeCloseTo(0.05, 5)
    expect(orderOf(answer).indexOf(2)).toBeLessThan(orderOf(without.answer).indexOf(2))
    expect(answer.warnings).toEqual([])
  })

  it('of a direct invocation is the same', async () => {
    const { outcomes } = await runLambda(doors.path('match.js'), environment, [
      { ...job, judge: { model: MODEL, top: 2 } },
    ])
    const { results } = outcomes[0]!.result as unknown as Answer
    expect(results.filter(({ judge }) => judge !== undefined)).toHaveLength(2)
  })

  it('quotes what stands in the candidates, drops what does not, and orders as without quotes', async () => {
    away.asked.length = 0
    const { answer } = await matchOnLambda({ ...job, judge: { model: MODEL, quotes: true }, topK: 3 })
    const without = await matchOnLambda({ ...job, judge: { model: MODEL }, topK: 3 })
    expect(answer.results.map(({ quotes: _, ...rest }) => rest)).toEqual(without.answer.results)
    for (const { index, quotes } of answer.results)
      expect(quotes).toEqual([job.candidates[index]!.split(/[ ,]/)[0]])
    expect(answer.warnings).toEqual([expect.stringMatching(/^Dropped 3 quotes of the judge/)])
    expect(without.answer.warnings).toEqual([])
    const conversations = away.asked.filter(({ body }) => body.max_tokens === 300)
    expect(conversations).toHaveLength(3)
    expect(conversations[0]).toMatchObject({
      authorization: 'Bearer far-key',
      body: { model: MODEL, response_format: { type: 'json_schema' } },
    })
  })

  it('takes the model that the settings name', async () => {
    const { answer } = await matchOnLambda({ ...job, judge: {} }, { JUDGE_MODEL: MODEL })
    expect(answer.results.every(({ judge }) => judge !== undefined)).toBe(true)
  })

  it.each([
    [
      'a model that llama.cpp would run',
      'Qwen3-Reranker-0.6B',
      {},
      503,
      'runtime_missing',
      /GENERATE_MODELS/,
    ],
    [
      'a remote model without a server',
      'chatglm-6b',
      { GENERATE_ENDPOINT: '' },
      503,
      'runtime_missing',
      /set GENERATE_ENDPOINT/,
    ],
    ['a model that nobody has', 'nobody', {}, 404, 'unknown_model', /no language model "nobody"/],
    ['a model that was made to chat', 'DialoGPT-medium', {}, 422, 'unsupported_task', /not to judge/],
    ['no model at all', undefined, {}, 400, 'invalid_request', /name one/],
  ])('refuses %s in a sentence that names the field', async (_, model, more, expected, code, message) => {
    const { status, answer } = await matchOnLambda({ ...job, judge: { model } }, more)
    expect([status, answer.error!.code, answer.error!.details.field]).toEqual([expected, code, 'judge.model'])
    expect(answer.error!.message).toMatch(message)
  })

  it('that cannot be reached is left out with a warning, and the ranking stands', async () => {
    const nowhere = { GENERATE_ENDPOINT: 'http://127.0.0.1:1/v1' }
    const { status, answer } = await matchOnLambda({ ...job, judge: { model: MODEL } }, nowhere)
    expect([status, orderOf(answer)]).toEqual([200, orderOf((await matchOnLambda(job)).answer)])
    expect(answer.warnings).toEqual([
      expect.stringMatching(/The stage judge was left out: .*could not be reached/),
    ])
  })

  it('costs no start a module or a file that it does not need', async () => {
    const { outcomes } = await runLambda(doors.path('match.js'), environment, [
      job,
      { ...job, judge: { model: MODEL } },
    ])
    const listOf = (touches: readonly string[]) => touches.filter((touch) => touch.includes('generators'))
    expect(listOf(outcomes[0]!.touches)).toEqual([])
    expect(listOf(outcomes[1]!.touches)).not.toEqual([])
    // 457 kB; the list of language models, and how sentences address a judge, lie beside it.
    expect(statSync(doors.path('match.bundle.js')).size).toBeLessThan(460_000)
  })
})

describe('the judge of the Node server', () => {
  it('is a model of another server for requests and for batches of files', async () => {
    const folder = temporaryFolder('judged-collection')
    const people = job.candidates.map((text, place) => `${JSON.stringify({ id: `p${place}`, text })}\n`)
    writeFileSync(join(folder, 'people.jsonl'), people.join(''))
    const to = join(folder, 'store')
    await runCollectionCommand('build', [join(folder, 'people.jsonl'), 'people'], {
      ...{ to, encoding: 'float32', environment: {}, print: () => {} },
    })
    const url = await serve({ COLLECTIONS: to })
    const { answer } = await matchOn(url, { ...job, judge: { model: MODEL } })
    expect(answer.results.find(({ index }) => index === 2)!.judge).toBeCloseTo(0.95, 5)
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
    const file = await client.files.create({
      file: await toFile(Buffer.from(`id,text\n1,"${job.query}"\n`), 'jobs.csv'),
      purpose: 'batch',
    })
    const begin = (judge: object) =>
      client.post<OpenAI.Batches.Batch>('/batches', {
        body: {
          ...{ input_file_id: file.id, endpoint: '/match', completion_window: '24h' },
          serverless_embeddings: { collection: 'people', judge },
        },
      })
    const { id } = await begin({ model: MODEL, top: 4, quotes: true })
    const batch = await vi.waitFor(
      async () => {
        const now = await client.batches.retrieve(id)
        if (now.status !== 'completed') throw new Error(JSON.stringify(now))
        return now
      },
      { timeout: 60_000, interval: 50 },
    )
    const output = await (await client.files.content(batch.output_file_id!)).text()
    const { matches, warnings } = JSON.parse(output) as {
      readonly matches: { readonly id: string; readonly judge: number; readonly quotes: string[] }[]
      readonly warnings: string[]
    }
    expect(matches.map(({ quotes }) => quotes)).toEqual(
      matches.map(({ id: person }) => [job.candidates[Number(person.slice(1))]!.split(/[ ,]/)[0]]),
    )
    expect(warnings).toEqual([expect.stringMatching(/^Dropped 4 quotes of the judge/)])
    expect(matches.find(({ id: person }) => person === 'p2')!.judge).toBeCloseTo(0.95, 5)
    expect(matches.map(({ id: person }) => person)).toEqual(orderOf(answer).map((index) => `p${index}`))
    await expect(begin({ model: 'nobody' })).rejects.toMatchObject({
      status: 404,
      param: 'serverless_embeddings.judge.model',
    })
  }, 120_000)

  it('that has no runtime says what to install, before anything is ranked', async () => {
    const url = await serve({ LLM_RUNTIME: '/nowhere' })
    const { status, answer } = await matchOn(url, { ...job, judge: { model: 'Qwen3-Reranker-0.6B' } })
    expect([status, answer.error!.code, answer.error!.details.field]).toEqual([
      503,
      'runtime_missing',
      'judge.model',
    ])
    expect(answer.error!.message).toContain('node scripts/install-llm-runtime.mjs')
  })
})
