import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openGenerator } from '../../src/models/generate/open.ts'
import type { Checkout, Packed } from '../deploy/packages.ts'
import { because } from '../support/because.ts'
import { answerOf } from '../support/describe-generator.ts'
import { functionUrlEvent } from '../support/events.ts'
import { generatorParts, runtimeAbsent } from '../support/llm.ts'
import { missingClosed, runClosed } from './closed-namespace.ts'
import { architecture, describeStories, layOutGenerate, manifestOfStories } from './generate-package.ts'

const lacking = runtimeAbsent ?? missingClosed()
const title = `the package of the function of language models${because(lacking)}`
if (lacking) console.warn(title)

/** As Lambda's runtime calls a function of a URL that streams. */
const CALL = `
const { Writable } = require('node:stream')
const chunks = []
let head
globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: { from: (stream, given) => ((head = given), stream) },
}
const stream = new Writable({
  write(chunk, _, taken) {
    if (chunk.length > 0) chunks.push(String(chunk))
    taken()
  },
})
const { streaming } = require('/var/task/dist/generate.js')
streaming(JSON.parse(process.argv[1]), stream, { getRemainingTimeInMillis: () => 300000 }).then(() => {
  process.stdout.write('\\nANSWER ' + JSON.stringify({ head, chunks, user: process.getuid() }))
  process.exit(0)
})`

/** As much of an event as has text. */
interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[]
}

const messages = [{ role: 'user' as const, content: 'Tell me of a little girl.' }]
describe.skipIf(lacking !== undefined)(title, () => {
  let folder: string
  let checkout: Checkout
  let packed: Packed
  let path: string
  const place = (...names: string[]) => join(folder, ...names)
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'llm-package-'))
    const made = layOutGenerate(folder)
    checkout = made.checkout
    packed = made.packed
    path = describeStories(folder, place('opt', 'models'))
  }, 600_000)
  afterAll(() => {
    checkout?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('has 45 MB at most, and nothing of another platform', () => {
    const files = packed.artifacts().functions.generate!
    const runtime = files.filter(({ path }) => path.startsWith('layers/llm/'))
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    expect(bytes).toBeLessThan(45_000_000)
    const native = runtime.map(({ path }) => path).filter((path) => /\.(node|so|dylib|dll|exe)$/.test(path))
    expect(native.length).toBeGreaterThan(5)
    const own = `layers/llm/node_modules/@node-llama-cpp/linux-${architecture}/`
    expect(native.filter((path) => !path.startsWith(own))).toEqual([])
    expect(runtime.filter(({ path }) => /\.(cpp|bundle|map|d\.ts)$/.test(path))).toEqual([])
  })

  it('streams 12 tokens read-only, without network, to a user without a name, as the runtime alone gives them', async () => {
    const asked = { model: 'stories', messages, max_tokens: 12, temperature: 0 }
    const body = JSON.stringify({ ...asked, stream: true, stream_options: { include_usage: true } })
    const { stdout, stderr } = runClosed({
      task: place('task'),
      layers: place('opt'),
      environment: {
        LAMBDA_TASK_ROOT: '/var/task',
        NODE_PATH: '/opt/nodejs/node_modules',
        AWS_LAMBDA_FUNCTION_NAME: 'generate',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
        LLM_CATALOG: '/opt/llm.json',
      },
      script: CALL,
      argument: JSON.stringify(
        functionUrlEvent({ rawPath: '/v1/chat/completions', body, isBase64Encoded: false }),
      ),
    })
    const [, answer] = /ANSWER (.*)$/.exec(stdout) ?? []
    expect(answer, stdout + stderr).toBeDefined()
    const { head, chunks, user } = JSON.parse(answer!)
    expect([head.statusCode, user], chunks.join('')).toEqual([200, 993])
    const events = chunks.join('').split('\n\n').slice(0, -2)
    const parts = events.map((event: string) => JSON.parse(event.slice('data: '.length)))
    expect(parts.at(-1).usage.completion_tokens).toBe(12)
    const text = parts.flatMap(({ choices }: Chunk) => choices[0]?.delta.content ?? []).join('')
    const program = join(checkout.packages, '..', 'dist', 'llama.js')
    const alone = await openGenerator(manifestOfStories(path), generatorParts(path, program))
    const expected = await answerOf(alone, messages, { maxTokens: 12, temperature: 0 })
    await alone.close()
    expect([text.length > 12, text]).toEqual([true, expected.text])
    // One line of measurements for the log.
    const measured = stdout.split('\n').find((line) => line.includes('_aws'))
    expect(JSON.parse(measured!)).toMatchObject({ Model: 'stories', GeneratedTokens: 12 })
  }, 120_000)
})
