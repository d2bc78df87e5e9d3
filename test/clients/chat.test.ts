import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { because } from '../support/because.ts'
import { temporaryFolder } from '../support/folders.ts'
import { runtimeAbsent } from '../support/llm.ts'
import { layOutLanguageModels } from '../support/llm-folder.ts'
import { CHAT_PROGRAMS } from './chat-programs.ts'
import { type LiveServer, startLiveServer } from './live-server.ts'
import { hasClients, type Program, runNode, runPython } from './run.ts'

const weights = join(import.meta.dirname, '..', 'fixtures', 'llm', 'random-qwen3.gguf')
const TIMEOUT = 600_000
const REFUSALS = [
  ['BadRequestError', 400, 'invalid_request', 'n'],
  ['BadRequestError', 400, 'invalid_request', 'tools'],
  ['BadRequestError', 400, 'invalid_request', 'messages[0].content[0].type'],
  ['NotFoundError', 404, 'model_not_found', 'model'],
  [expect.stringMatching(/APIStatusError|APIError/), 413, 'input_too_long', 'messages'],
]

/** What both programs leave. */
interface Found {
  readonly text: string
  readonly finish: string
  readonly usage: object
  readonly streamed: string
  readonly streamedUsage: object
  readonly held: string
  readonly heldFinish: string
  readonly logprobs: readonly (readonly [number, number])[]
  readonly stop: string
  readonly stopped: string
  readonly stoppedFinish: string
  readonly drawn: readonly [string, string]
  readonly refusals: readonly unknown[]
  readonly models: boolean
}

describe.skipIf(runtimeAbsent)(
  `OpenAI's own clients with a local language model${because(runtimeAbsent)}`,
  () => {
    let server: LiveServer
    beforeAll(async () => {
      const models = [{ id: 'small', bytes: readFileSync(weights) }]
      server = await startLiveServer('inherit', layOutLanguageModels(temporaryFolder('clients-llm-'), models))
    }, TIMEOUT)
    afterAll(() => server?.close())

    const CLIENTS: readonly [
      keyof typeof CHAT_PROGRAMS,
      boolean,
      (program: Program) => Promise<unknown[]>,
    ][] = [
      ['python', hasClients, runPython],
      ['node', true, runNode],
    ]
    for (const [language, isHere, run] of CLIENTS) {
      const lacking = isHere ? '' : ' (skipped: run npm run test:clients, which installs the clients)'
      test.skipIf(!isHere)(
        `${language}: plain, streamed, schema, probabilities, stop, seed and errors${lacking}`,
        async () => {
          const code = CHAT_PROGRAMS[language].replaceAll('BASE', server.url)
          const [found] = (await run({ code, result: '[result]' })) as [Found]
          expect(found.finish).toBe('length')
          expect(found.usage).toMatchObject({ completion_tokens: 8 })
          expect([found.streamed, found.streamedUsage]).toEqual([found.text, found.usage])
          expect(found.heldFinish).toBe('stop')
          expect(JSON.parse(found.held)).toEqual({
            fits: expect.stringMatching(/^(yes|no)$/),
            years: expect.any(Number),
          })
          expect(found.logprobs.map(([, alternatives]) => alternatives)).toEqual([3, 3])
          for (const [logprob] of found.logprobs) expect(logprob).toBeLessThan(0)
          expect(found.stop).toHaveLength(3)
          expect(found.stopped).toBe(found.text.slice(0, found.text.indexOf(found.stop)))
          expect(found.stoppedFinish).toBe('stop')
          expect(found.drawn[0]).toBe(found.drawn[1])
          expect(found.drawn[0]).not.toBe(found.text)
          expect(found.refusals).toEqual(REFUSALS)
          expect(found.models).toBe(true)
        },
        TIMEOUT,
      )
    }
  },
)
