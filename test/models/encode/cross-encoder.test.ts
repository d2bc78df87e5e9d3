import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createScoringSession } from '../../../src/models/runtime/session.ts'
import { loadTokenizer } from '../../../src/tokenizer/tokenizer.ts'
import { RERANKER_OPTIONS } from '../../fixture-models/fixtures.ts'
import { randomWeights } from '../../fixture-models/weights.ts'
import { EXACT, linear } from '../../reference/arithmetic.ts'
import { forward } from '../../reference/encoder.ts'
import { fixtureFolder, largestDifference, openFixtures } from '../../support/fixtures.ts'

const MODEL = 'bert-reranker'
const TEXTS = ['', 'a', 'Night nurse in the city', '护士和医生，夜班。', 'the cat and the dog '.repeat(30)]
const context = createContext()
const settings = { specialTokens: true, dropUnknown: false }

const readJson = (model: string) => readFileSync(join(fixtureFolder, model, 'tokenizer.json'), 'utf8')
const word = fc.constantFrom('the', 'cat', 'Engineers', '我', '猫', 'x1', ',', 'qqq', '☃')
const textOf = (maxLength: number, minLength = 0) =>
  fc.array(word, { minLength, maxLength }).map((words) => words.join(' '))

/** The logit of one pair by plain arithmetic: pooler and classifier on the first token's vector. */
function logitOf(ids: Int32Array, typeIds: Uint8Array): number {
  const weights = randomWeights(RERANKER_OPTIONS, RERANKER_OPTIONS.seed)
  const model = { family: 'bert', heads: RERANKER_OPTIONS.heads, weights, arithmetic: EXACT } as const
  const [first] = forward(model, [...ids], [...typeIds])
  const { pooler, classifier } = weights.head!
  const pooled = linear(EXACT, [first!], pooler).map((row) => row.map(Math.tanh))
  return linear(EXACT, pooled, classifier)[0]![0]!
}

async function scoresOf(query: string, texts: readonly string[], options = {}): Promise<Float32Array> {
  const engine = openFixtures()
  return (await engine.score({ model: MODEL, query, texts, options }, context)).scores
}

describe('a cross-encoder', () => {
  test('scores pairs as plain arithmetic does, to 1e-4', async () => {
    const tokenizer = await loadTokenizer(readJson(MODEL), settings)
    const query = 'Nurse for the night 护士'
    const pairWith = tokenizer.pairsOf(query, { maxTokens: 64, truncate: 'end' })
    const expected = TEXTS.map((text) => {
      const { ids, typeIds } = pairWith(text)
      return logitOf(ids, typeIds!)
    })
    expect(largestDifference(await scoresOf(query, TEXTS), expected)).toBeLessThan(1e-4)
    expect(new Set(expected).size).toBe(TEXTS.length)
  })

  test('gives a text the same score alone and in any batch', async () => {
    const engine = openFixtures({ tokenBudget: 200 })
    await fc.assert(
      fc.asyncProperty(
        textOf(10),
        fc.array(textOf(30), { minLength: 2, maxLength: 8 }),
        async (query, texts) => {
          const run = async (list: readonly string[], options = {}) =>
            (await engine.score({ model: MODEL, query, texts: list, options }, context)).scores
          const together = await run(texts)
          const fixed = await run(texts, { deterministic: true })
          for (const [index, text] of texts.entries()) {
            expect(Math.abs(together[index]! - (await run([text]))[0]!)).toBeLessThan(1e-5)
            expect(fixed[index]).toBe((await run([text], { deterministic: true }))[0])
          }
        },
      ),
      { numRuns: 15 },
    )
  })

  test('names the pair that is too long', async () => {
    await expect(scoresOf('nurse', ['a', 'the '.repeat(99)], { truncate: false })).rejects.toThrow(
      expect.objectContaining({
        code: 'input_too_long',
        details: expect.objectContaining({ field: 'texts[1]' }),
      }),
    )
  })

  test('reads no more of each text than it is told to', async () => {
    const [long, cut, short] = await scoresOf('the dog', ['the cat and more', 'the cat', 'the'])
    const limited = await scoresOf('the dog', ['the cat and more', 'the cat', 'the'], { maxTextTokens: 2 })
    expect([...limited]).toEqual([cut, cut, short].map((score) => expect.closeTo(score!, 5)))
    expect(Math.abs(long! - cut!)).toBeGreaterThan(1e-3)
  })

  test('refuses a graph that gives more than one logit a pair', async () => {
    const path = join(fixtureFolder, 'bert-float32', 'model.onnx')
    await expect(createScoringSession(path, 'bert-float32', { threads: 1 })).rejects.toThrow(
      /bert-float32 gives float32 \[batch, sequence, 32\] in its output last_hidden_state; expected float32 \[batch, 1\]/,
    )
  })
})

describe.each(['bert-reranker', 'mpnet-int8', 'roberta-int8', 'xlm-roberta-int8'])('pairs of %s', (model) => {
  const json = readJson(model)
  const library = new LibraryTokenizer(JSON.parse(json), {})
  // The library takes an empty second text for none.
  const longTexts = fc.tuple(textOf(60), textOf(60, 1))

  test('have the ids and token types of the library where nothing is cut', async () => {
    const tokenizer = await loadTokenizer(json, settings)
    fc.assert(
      fc.property(longTexts, ([first, second]) => {
        const expected = library.encode(first, { text_pair: second, return_token_type_ids: true })
        const { ids, typeIds, truncated } = tokenizer.pairsOf(first, { maxTokens: 1000, truncate: false })(
          second,
        )
        expect([...ids]).toEqual(expected.ids)
        // RoBERTa has one token type: Hugging Face's own tokenizers give 0 to all, this library 1 to the second text.
        const expectedTypes = model.startsWith('roberta')
          ? expected.ids.map(() => 0)
          : expected.token_type_ids
        expect([...(typeIds ?? new Uint8Array(ids.length))]).toEqual(expectedTypes)
        expect(truncated).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  test('lose what the longest-first truncation of Hugging Face takes, on either side', async () => {
    const tokenizer = await loadTokenizer(json, settings)
    const idsOf = (text: string) => library.encode(text, { add_special_tokens: false }).ids
    const special = library.encode('the', { text_pair: 'the' }).ids.length - 2 * idsOf('the').length
    const limits = fc.record({
      maxTokens: fc.integer({ min: special, max: 40 }),
      truncate: fc.constantFrom('start' as const, 'end' as const),
    })
    fc.assert(
      fc.property(longTexts, limits, ([first, second], { maxTokens, truncate }) => {
        const [a, b] = [idsOf(first), idsOf(second)]
        const [keepA, keepB] = longestFirst(a.length, b.length, maxTokens - special)
        const cut = (ids: number[], kept: number) =>
          truncate === 'end' ? ids.slice(0, kept) : ids.slice(ids.length - kept)
        const found = tokenizer.pairsOf(first, { maxTokens, truncate })(second)
        const content = withoutSpecial([...found.ids], library)
        const wanted = withoutSpecial([...cut(a, keepA), ...cut(b, keepB)], library)
        expect(content).toEqual(wanted)
        expect(found.ids.length).toBe(keepA + keepB + special)
        expect(found.truncated).toBe(keepA + keepB < a.length + b.length)
      }),
      { numRuns: 120 },
    )
  })
})

/** Written after `truncate_encodings` of Hugging Face tokenizers, which is given the room without special tokens. */
function longestFirst(first: number, second: number, room: number): [number, number] {
  let [shorter, longer] = [Math.min(first, second), Math.max(first, second)]
  if (first + second <= room) return [first, second]
  longer = shorter > room ? shorter : Math.max(shorter, room - shorter)
  if (shorter + longer > room) {
    shorter = Math.floor(room / 2)
    longer = shorter + (room % 2)
  }
  return first > second ? [longer, shorter] : [shorter, longer]
}

function withoutSpecial(ids: readonly number[], library: LibraryTokenizer): number[] {
  const special = new Set(['[CLS]', '[SEP]', '<s>', '</s>'].map((token) => library.token_to_id(token)))
  return ids.filter((id) => !special.has(id))
}
