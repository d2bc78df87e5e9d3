import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import type { EncodeOptions, EncoderInput } from '../../../src/models/encode/encoder.ts'
import { createTextEncoder } from '../../../src/models/encode/text-encoder.ts'
import type { Session } from '../../../src/models/runtime/session.ts'
import type { TokenBatch } from '../../../src/models/runtime/token-batch.ts'
import type { Tokenizer } from '../../../src/tokenizer/tokenizer.ts'
import { rowOf } from '../../../src/vector/matrix.ts'
import { manifestOf } from '../../support/manifests.ts'

/** No space says anything. */
const knows = (id: number) => id > 32

/** One token per character, its code its id; refuses what is longer than the maximum when told not to cut. */
const characters: Tokenizer = {
  padId: 1,
  vocabularySize: 200,
  knows,
  encode(input, { maxTokens, truncate, prompt = '' }) {
    const text = prompt + input
    const truncated = text.length > maxTokens
    if (truncated && truncate === false) throw new AppError('input_too_long', 'Too long.')
    const ids = Int32Array.from(text.slice(0, maxTokens), (character) => character.charCodeAt(0))
    const typeIds = text.startsWith('?') ? new Uint8Array(ids.length).fill(1) : undefined
    return { ids, typeIds, truncated, unknown: !ids.some(knows) }
  },
  pairsOf: () => {
    throw new Error('not used')
  },
}

/** A graph whose token vector is [id, type id, 1, position]; remembers what it was asked. */
function recordingSession(): Session & { batches: TokenBatch[] } {
  const batches: TokenBatch[] = []
  return {
    batches,
    output: { model: 'letters', name: 'last_hidden_state' },
    async run(batch) {
      batches.push(batch)
      const data = new Float32Array(batch.ids.length * 4)
      batch.ids.forEach((id, index) => {
        data.set([id, batch.typeIds?.[index] ?? 0, 1, index % batch.sequence], index * 4)
      })
      return { data, sequence: batch.sequence, columns: 4, lengths: batch.lengths }
    },
    release: async () => {},
  }
}

function encoderOf(fields: Partial<Manifest> = {}, tokenBudget = 8) {
  const session = recordingSession()
  const manifest = manifestOf({ id: 'letters', normalize: false, ...fields })
  const encoder = createTextEncoder({ manifest, tokenizer: characters, session, tokenBudget })
  const embed = (inputs: readonly EncoderInput[], options: EncodeOptions = {}, context = createContext()) =>
    encoder.embed(inputs, options, context)
  return { session, embed }
}

describe('createTextEncoder', () => {
  it('answers in input order whatever order the graph ran in', async () => {
    const { embed } = encoderOf({ pooling: 'cls' })
    const { vectors } = await embed(['a', 'bbbb', 'cc'])
    expect([0, 1, 2].map((row) => rowOf(vectors, row)[0])).toEqual([97, 98, 99])
  })

  it('pads right with the model’s own pad id, within the token budget', async () => {
    const { session, embed } = encoderOf()
    await embed(['aaa', 'bb', 'cccc'])
    expect(session.batches.map((batch) => [[...batch.ids], [...batch.lengths]])).toEqual([
      [
        [99, 99, 99, 99, 97, 97, 97, 1],
        [4, 3],
      ],
      [[98, 98], [2]],
    ])
  })

  it('feeds type ids of those inputs that have them', async () => {
    const { session, embed } = encoderOf()
    await embed(['ab', '?b'])
    expect([...session.batches[0]!.typeIds!]).toEqual([0, 0, 1, 1])
  })

  it('puts the prompt of the role before the text, and none for a role without one', async () => {
    const { session, embed } = encoderOf({ prompts: { query: 'q:' } })
    await embed(['a'], { role: 'query' })
    await embed(['a'], { role: 'document' })
    await embed(['a'], { role: 'toString' })
    expect(session.batches.map((batch) => String.fromCharCode(...batch.ids))).toEqual(['q:a', 'a', 'a'])
  })

  it('cuts at the length that a caller asks for, if the model can read as much', async () => {
    const { session, embed } = encoderOf({ maxTokens: 4 })
    await embed(['abcdef'], { maxTokens: 2 })
    await embed(['abcdef'], { maxTokens: 9 })
    expect(session.batches.map((batch) => String.fromCharCode(...batch.ids))).toEqual(['ab', 'abcd'])
  })

  it('cuts columns before it normalizes', async () => {
    const { embed } = encoderOf({ matryoshka: [2] })
    const { vectors } = await embed(['a'], { dimensions: 2, normalize: true })
    expect([...vectors.data]).toEqual([1, 0])
  })

  it('gives zeros to an input without tokens and runs nothing for it', async () => {
    const { session, embed } = encoderOf({ normalize: true })
    const { vectors } = await embed([''])
    expect([...vectors.data]).toEqual([0, 0, 0, 0])
    expect(session.batches).toEqual([])
  })

  it('counts tokens and truncated inputs', async () => {
    const { embed } = encoderOf({ maxTokens: 3 })
    expect(await embed(['ab', 'abcd', 'abc'])).toMatchObject({
      tokens: 8,
      inputTokens: Uint32Array.of(2, 3, 3),
      cut: Uint8Array.of(0, 1, 0),
      truncated: 1,
    })
  })

  it.each([
    ['end', [5, 6]],
    ['start', [6, 7]],
  ] as const)('takes token ids as they are and drops the %s of too many', async (truncate, ids) => {
    const { session, embed } = encoderOf({ maxTokens: 2, prompts: { query: 'q:' } })
    expect(await embed([[5, 6, 7]], { truncate, role: 'query' })).toMatchObject({ truncated: 1 })
    expect([...session.batches[0]!.ids]).toEqual(ids)
  })

  it.each([
    ['text', 'abcd'],
    ['token ids', [1, 2, 3, 4]],
  ])('refuses too long %s with truncate false, naming the input', async (_name, input) => {
    const { embed } = encoderOf({ maxTokens: 3 })
    await expect(embed(['a', input], { truncate: false })).rejects.toMatchObject({
      code: 'input_too_long',
      details: { field: 'input[1]' },
    })
  })

  it.each([-1, 200, 1.5, Number.NaN])('refuses the token id %s, naming the input', async (id) => {
    await expect(encoderOf().embed([[3, id]])).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field: 'input[0]' },
    })
  })

  it('stops between batches when the caller has gone', async () => {
    const { session, embed } = encoderOf()
    const caller = new AbortController()
    const run = session.run
    session.run = (batch) => {
      caller.abort()
      return run(batch)
    }
    await expect(
      embed(['aaaaaaaa', 'bbbbbbbb'], {}, createContext({ signal: caller.signal })),
    ).rejects.toMatchObject({
      code: 'deadline_exceeded',
    })
    expect(session.batches).toHaveLength(1)
  })

  it('tokenizes window by window, so that ids of a large batch are never all in memory', async () => {
    const { session, embed } = encoderOf({}, 1 << 20)
    await embed(Array.from({ length: 10_000 }, () => 'a'))
    expect(session.batches.map((batch) => batch.lengths.length)).toEqual([4096, 4096, 1808])
  })

  it('runs each input alone when asked to be deterministic', async () => {
    const { session, embed } = encoderOf()
    await embed(['a', 'bb', 'a'], { deterministic: true })
    expect(session.batches.map((batch) => [batch.lengths.length, batch.sequence])).toEqual([
      [1, 1],
      [1, 2],
      [1, 1],
    ])
  })

  it('embeds a text the same alone and in any batch', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '?'), maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 30 }),
        async (texts, budget) => {
          const { embed } = encoderOf({ normalize: true }, budget)
          const { vectors } = await embed(texts)
          for (const [row, input] of texts.entries()) {
            expect([...rowOf(vectors, row)]).toEqual([...(await embed([input])).vectors.data])
          }
        },
      ),
    )
  })
})

it('runs another text while a large request is being tokenized', async () => {
  let clock = 0
  const now = vi.spyOn(performance, 'now').mockImplementation(() => (clock += 6))
  onTestFinished(() => now.mockRestore())
  const { session, embed } = encoderOf()
  const large = embed(Array.from({ length: 50 }, () => 'aaaa'))
  await new Promise(setImmediate)
  await embed(['b'])
  expect(session.batches.map(({ lengths }) => [...lengths])).toEqual([[1]])
  await large
  expect(session.batches).toHaveLength(26)
})
