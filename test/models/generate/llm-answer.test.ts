import fc from 'fast-check'
import { expect, test } from 'vitest'
import type {
  Choosing,
  Chosen,
  Finish,
  GenerateOptions,
  Piece,
} from '../../../src/models/generate/generator.ts'
import { answer } from '../../../src/models/generate/llama/answer.ts'
import { choose } from '../../../src/models/generate/llama/choose.ts'
import { evaluateChunks } from '../../../src/models/generate/llama/evaluate-chunks.ts'
import { tokensOf } from '../../../src/models/generate/llama/prompt-tokens.ts'
import type { LlamaRuntime } from '../../../src/models/generate/llama/runtime.ts'
import type { Message } from '../../../src/models/generate/prompt.ts'
import { createSampler } from '../../../src/models/generate/sampling.ts'
import { createStopFilter } from '../../../src/models/generate/stop-texts.ts'
import { formatTurns } from '../../../src/models/generate/turns.ts'
import { createLetterRuntime } from '../../support/letter-runtime.ts'

const greedy: GenerateOptions = { maxTokens: 50, temperature: 0 }

async function answerOf(
  runtime: LlamaRuntime,
  options: Partial<GenerateOptions> = {},
  isStopped: () => boolean = () => false,
) {
  const parts: (Piece | Finish)[] = []
  for await (const part of answer(runtime, [1, 2, 3], { ...greedy, ...options }, isStopped)) parts.push(part)
  return { parts, text: parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('') }
}

test('an answer ends where the model ends it, and counts that token', async () => {
  const { parts, text } = await answerOf(createLetterRuntime('Café!'))
  expect(text).toBe('Café!')
  expect(parts.at(-1)).toEqual({
    kind: 'finish',
    reason: 'stop',
    usage: { promptTokens: 3, generatedTokens: 7 },
  })
})

test.each<[string, Partial<GenerateOptions>, string, Finish['reason']]>([
  ['the most tokens', { maxTokens: 4 }, 'once', 'length'],
  ['a stop text', { stop: ['upon'] }, 'once ', 'stop'],
  ['a stop text over several tokens', { stop: ['zz', ' a t'] }, 'once upon', 'stop'],
  ['half a stop text at the end', { stop: ['time!'] }, 'once upon a time', 'stop'],
  ['half a character at the most tokens', { maxTokens: 4 }, 'onc\uFFFD', 'length'],
])('an answer ends at %s', async (name, options, expected, reason) => {
  const says = name.startsWith('half a character') ? 'oncé' : 'once upon a time'
  const { parts, text } = await answerOf(createLetterRuntime(says), options)
  expect(text).toBe(expected)
  expect(parts.at(-1)).toMatchObject({ reason })
})

test.each<[Partial<GenerateOptions>, boolean]>([
  [{}, true],
  [{ topLogprobs: 0 }, false],
  [{ topLogprobs: 2 }, false],
])('an answer of %j is drawn by ratios alone: %s', async (told, ratios) => {
  const asked: unknown[] = []
  const runtime = createLetterRuntime('ok')
  const likely: LlamaRuntime['likely'] = (token, wanted) => {
    asked.push(wanted.ratios)
    return runtime.likely(token, wanted)
  }
  await answerOf({ ...runtime, likely }, { temperature: 1, ...told })
  expect(new Set(asked)).toEqual(new Set([ratios]))
})

test('an answer goes no further than the context', async () => {
  const runtime = createLetterRuntime('once upon a time', { contextTokens: 10 })
  expect((await answerOf(runtime)).text).toBe('once up')
})

test('an answer that is stopped says so and ends with what there is', async () => {
  let looks = 0
  const { parts } = await answerOf(createLetterRuntime('once upon a time'), {}, () => ++looks > 3)
  expect(parts.at(-1)).toMatchObject({ kind: 'finish', reason: 'deadline' })
})

test('tells the likeliest tokens at each place where they are asked for', async () => {
  const { parts } = await answerOf(createLetterRuntime('hi'), { topLogprobs: 2 })
  expect(parts[0]).toEqual({
    kind: 'text',
    text: 'h',
    logprobs: [
      {
        token: 'h',
        logprob: -0.1,
        top: [
          { token: 'h', logprob: -0.1 },
          { token: 'x', logprob: -3 },
        ],
      },
    ],
  })
})

test('an answer that must have a schema is drawn under it, and cut at the most tokens', async () => {
  const runtime = createLetterRuntime('never said')
  const whole = await answerOf(runtime, { schema: { const: 'yes' } })
  expect([whole.text, whole.parts.at(-1)]).toEqual([
    '"yes"',
    { kind: 'finish', reason: 'stop', usage: { promptTokens: 3, generatedTokens: 5 } },
  ])
  const { parts, text } = await answerOf(runtime, { schema: { const: 'yes' }, maxTokens: 2 })
  expect([text, parts.at(-1)]).toEqual(['"y', expect.objectContaining({ reason: 'length' })])
})

test('numbers that are none fail an answer', async () => {
  const runtime = createLetterRuntime('x', { likely: async () => [[1, Number.NaN]] })
  await expect(answerOf(runtime)).rejects.toMatchObject({
    code: 'inference_failed',
    message: expect.stringMatching(/NaN.*models -- verify/),
  })
})

test('a prompt goes in by chunks, and no chunk begins once the time is up', async () => {
  const runtime = createLetterRuntime('')
  let looks = 0
  expect(await evaluateChunks(runtime, Array(150).fill(1), 64, () => false)).toBe(true)
  expect(runtime.evaluations).toEqual([64, 64, 22])
  expect(await evaluateChunks(runtime, Array(2000).fill(1), 64, () => ++looks > 2)).toBe(false)
  expect(runtime.evaluations).toEqual([64, 64, 22, 64, 64])
})

const promptOf = (runtime: LlamaRuntime) => async (messages: readonly Message[]) =>
  tokensOf(formatTurns(messages, 'chatml'), runtime)

async function choicesOf(runtime: LlamaRuntime, changes: Partial<Choosing> = {}, isStopped = () => false) {
  const choosing = {
    system: 'Judge.',
    before: 'The job: nurse in intensive care.\n',
    texts: ['a nurse', 'a cook', 'a nurse of many years'],
    after: '\nFits?',
    choices: ['yes', 'no'],
    textTokens: 100,
    ...changes,
  }
  const chosen: Chosen[] = []
  for await (const one of choose(
    runtime,
    { promptOf: promptOf(runtime), chunkTokens: 64 },
    choosing,
    isStopped,
  )) {
    chosen.push(one)
  }
  return chosen
}

test('what prompts share is evaluated once', async () => {
  const chosen = await choicesOf(createLetterRuntime('y', { contextTokens: 1000 }))
  expect(chosen.map(({ probabilities }) => probabilities[0]! > probabilities[1]!)).toEqual([true, true, true])
  const [first, ...others] = chosen.map(({ evaluatedTokens }) => evaluatedTokens!)
  const behind = '\nFits?'.length + 3 + 'assistant'.length + 3
  expect(first).toBeGreaterThan(60)
  expect(
    others.every((count, place) => count <= ['a cook', 'a nurse of many years'][place]!.length + behind),
  ).toBe(true)
})

test.each([
  ['yes', [0.75, 0.25]],
  ['No', [0.25, 0.75]],
])(
  'a model with a head of its own tells the chance of %s, behind what prompts share',
  async (label, chances) => {
    const runtime = createLetterRuntime('', { contextTokens: 1000, rank: async () => 0.75 })
    const chosen: Chosen[] = []
    const parts = { promptOf: promptOf(runtime), chunkTokens: 64, rankLabel: label }
    const choosing = { before: 'The job: nurse. ', texts: ['a nurse', 'a cook'], after: '', textTokens: 100 }
    for await (const one of choose(runtime, parts, { ...choosing, choices: ['yes', 'no'] }, () => false))
      chosen.push(one)
    expect(chosen.map(({ probabilities }) => probabilities)).toEqual([chances, chances])
    expect(chosen[1]!.evaluatedTokens).toBeLessThan(chosen[0]!.evaluatedTokens!)
  },
)

test('a model with a head of its own refuses other choices, and tells of numbers that are none', async () => {
  const ranking = (rank: number) => createLetterRuntime('', { contextTokens: 1000, rank: async () => rank })
  await expect(choicesOf(ranking(0.5), { choices: ['good', 'bad'] })).rejects.toMatchObject({
    code: 'unsupported_task',
    message: expect.stringMatching(/chance of "yes", and cannot choose among good and bad/),
  })
  await expect(choicesOf(ranking(Number.NaN))).rejects.toMatchObject({ code: 'inference_failed' })
})

test('a text is cut to its tokens, and to the room that the context has', async () => {
  const long = createLetterRuntime('y', { contextTokens: 1000 })
  expect((await choicesOf(long, { textTokens: 7 })).map(({ cut }) => cut)).toEqual([false, false, true])
  const short = createLetterRuntime('y', { contextTokens: 120 })
  const chosen = await choicesOf(short, { texts: ['x'.repeat(500)] })
  expect(chosen).toMatchObject([{ cut: true }])
  expect(short.evaluations.reduce((sum, count) => sum + count, 0)).toBeLessThan(120)
})

test('choices end between two chunks when the time is up, with what was chosen', async () => {
  let looks = 0
  const runtime = createLetterRuntime('y', { contextTokens: 1000 })
  expect(await choicesOf(runtime, {}, () => ++looks > 4)).toHaveLength(1)
})

test.each([
  [{ choices: ['yes', 'yeah'] }, {}, 'unsupported_task', /the same token/],
  [{ before: 'x'.repeat(300) }, {}, 'input_too_long', /3\d\d tokens.*room for 256/],
] as const)(
  'refuses choices that cannot be told apart, and a job that leaves no room',
  async (changes, more, code, message) => {
    await expect(choicesOf(createLetterRuntime('y', more), changes)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  },
)

test('the same seed draws the same, the likeliest alone at temperature 0, and nothing beyond top_p', () => {
  const likely = [
    [1, Math.log(0.6)],
    [2, Math.log(0.3)],
    [3, Math.log(0.1)],
  ] as const
  const draws = (options: object, count = 40) => {
    const sampler = createSampler({ temperature: 1, topP: 1, seed: undefined, ...options })
    return Array.from({ length: count }, () => sampler(likely)[0])
  }
  expect(draws({ seed: 4 })).toEqual(draws({ seed: 4 }))
  expect(draws({ seed: 4 })).not.toEqual(draws({ seed: 5 }))
  expect(draws({ seed: 2 ** 40 + 4 })).not.toEqual(draws({ seed: 4 }))
  expect(new Set(draws({ temperature: 0 }))).toEqual(new Set([1]))
  expect(new Set(draws({ topP: 0.85, seed: 1 }, 200))).toEqual(new Set([1, 2]))
  const share = draws({ seed: 9 }, 4000).filter((token) => token === 1).length / 4000
  expect(share).toBeGreaterThan(0.56)
  expect(share).toBeLessThan(0.64)
})

test('stop texts are found however an answer is cut into pieces', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 4 })
  fc.assert(
    fc.property(fc.array(piece), fc.array(piece, { maxLength: 3 }), (pieces, stop) => {
      const filter = createStopFilter(stop)
      let text = ''
      let stopped = false
      for (const one of pieces) {
        const passed = filter.pass(one)
        text += passed.text
        if (passed.stopped) {
          stopped = true
          break
        }
      }
      const whole = pieces.join('')
      const places = stop
        .filter(Boolean)
        .map((one) => whole.indexOf(one))
        .filter((at) => at >= 0)
      expect(stopped).toBe(places.length > 0)
      expect(stopped ? whole.startsWith(text) : text + filter.rest()).toBe(stopped ? true : whole)
      if (stopped) expect(stop.filter(Boolean).some((one) => text.includes(one))).toBe(false)
    }),
  )
})
