import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LiveServer, startLiveServer } from '../clients/live-server.ts'
import { because } from '../support/because.ts'
import { damagedGgufs } from '../support/damaged-gguf.ts'
import { temporaryFolder } from '../support/folders.ts'
import { runtimeAbsent } from '../support/llm.ts'
import { layOutLanguageModels } from '../support/llm-folder.ts'

const good = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'llm', 'random-qwen3.gguf'))
const damaged = damagedGgufs(good)
const FOLDER = 'llm-server-'
const lacksProc = process.platform !== 'linux' && 'children are found in /proc of Linux'
const absent = runtimeAbsent ?? (lacksProc || undefined)

describe.skipIf(absent)(`a server whose language models break${because(absent)}`, () => {
  let server: LiveServer
  beforeAll(async () => {
    const models: { id: string; bytes: Uint8Array }[] = [{ id: 'small', bytes: good }]
    for (const [name, bytes] of Object.entries(damaged)) models.push({ id: `bad-${name}`, bytes })
    const settings = layOutLanguageModels(temporaryFolder(FOLDER), models)
    server = await startLiveServer('ignore', { ...settings, LLM_TIMEOUT_MS: '5000', LLM_CHUNK: '1' })
  })
  afterAll(() => server?.close())

  async function ask(model: string, more: object = {}, signal: AbortSignal | null = null) {
    const body = {
      model,
      messages: [{ role: 'user', content: 'hello' }],
      max_tokens: 4,
      temperature: 0,
      ...more,
    }
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    })
    return { status: response.status, body: (await response.json()) as Answered }
  }
  const text = async () => (await ask('small')).body.choices?.[0]?.message.content
  /** The process that runs llama.cpp; the library's own, which tries its binary first, has ended by then. */
  const childOf = (pid: number) =>
    Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').at(-1))

  it('refuses each of eight damaged files with a sentence, and lives', async () => {
    const answers = []
    for (const name of Object.keys(damaged)) answers.push(await ask(`bad-${name}`))
    expect(answers.map(({ body }) => body.error?.code)).toEqual(Array(8).fill('artifact_corrupt'))
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(503))
    for (const { body } of answers) expect(body.error?.message).toMatch(/^[A-Z].{20,}\.$/)
    expect(JSON.stringify(answers)).not.toContain(FOLDER)
    expect(await server.embed(['nurse'])).toHaveLength(1)
    expect(await text()).not.toBe('')
  })

  it('tells who asked that the model ended, and answers the next with another process', async () => {
    const before = await text()
    const child = childOf(server.pid)
    const crashed = ask('small', { max_tokens: 200, messages: [{ role: 'user', content: 'a '.repeat(50) }] })
    process.kill(child, 'SIGSTOP')
    process.kill(child, 'SIGSEGV')
    process.kill(child, 'SIGCONT')
    const { status, body } = await crashed
    expect([status, body.error?.code]).toEqual([500, 'inference_failed'])
    expect(body.error?.message).toMatch(/ended with the signal SIGSEGV; the next request starts another/)
    expect(await text()).toBe(before)
    expect(childOf(server.pid)).not.toBe(child)
  })

  it('answers others while a model is at a prompt, and lets the next in when who asked hangs up', async () => {
    const before = await text()
    const child = childOf(server.pid)
    const client = new AbortController()
    // A prompt without end.
    process.kill(child, 'SIGSTOP')
    const left = ask('small', {}, client.signal)
    expect(await server.embed(['nurse'])).toHaveLength(1)
    client.abort()
    await expect(left).rejects.toThrow(/abort/)
    process.kill(child, 'SIGCONT')
    expect(await text()).toBe(before)
    expect(childOf(server.pid)).toBe(child)
  })

  it('kills a model that neither answers nor dies once the time is up, and answers the next', async () => {
    const before = await text()
    const child = childOf(server.pid)
    process.kill(child, 'SIGSTOP')
    const { status, body } = await ask('small')
    expect([status, body.error?.code]).toEqual([504, 'deadline_exceeded'])
    expect(await server.embed(['nurse'])).toHaveLength(1)
    // Those who come meanwhile may reach their own deadline; in the end one is answered by another process.
    await expect.poll(text).toBe(before)
    expect(childOf(server.pid)).not.toBe(child)
  })
})

/** As much of an answer as is looked at. */
interface Answered {
  readonly choices?: readonly { readonly message: { readonly content: string } }[]
  readonly error?: { readonly code: string; readonly message: string }
}
