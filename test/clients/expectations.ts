import { expect } from 'vitest'
import { cosine, type LiveServer } from './live-server.ts'
import { TRAPS } from './traps.ts'

/** What the program of a section is to bring. */
interface Expectation {
  readonly title: string
  /** Lines before the program, which the reader's machine has in another form. */
  readonly before?: string
  /** Lines after it that try what the page warns of and leave what they found in `trap`, and what is right. */
  readonly after?: string
  checkTrap?(trap: unknown, server: LiveServer): Promise<void>
  /** An expression in the program's language; programs of the shell are taken by what they print. */
  readonly result?: string
  readonly foreign?: boolean
  check(result: unknown, server: LiveServer): Promise<void>
}

const TEXTS = ['护士', 'data engineer']

/** Vectors of 256 dimensions, each like the server's own of the text: cosine of at least 0.9999. */
async function expectVectors(vectors: unknown, texts: readonly string[], server: LiveServer): Promise<void> {
  const own = await server.embed(texts)
  expect(vectors).toHaveLength(texts.length)
  for (const [index, vector] of (vectors as number[][]).entries()) {
    expect(vector).toHaveLength(256)
    expect(cosine(vector, own[index]!)).toBeGreaterThanOrEqual(0.9999)
  }
}

const vectors = (title: string, result: string, more: Partial<Expectation> = {}): Expectation => ({
  title,
  result,
  check: (found, server) => expectVectors(found, TEXTS, server),
  ...more,
})

const value = (
  title: string,
  result: string,
  right: unknown,
  more: Partial<Expectation> = {},
): Expectation => ({
  title,
  result,
  check: async (found) => expect(found).toEqual(right),
  ...more,
})

/** The lines that try a warning, and what they must find. */
const trap = (after: string, right: unknown): Partial<Expectation> => ({
  after,
  checkTrap: async (found) => expect(found).toEqual(right),
})

const openAiVectors = (answer: unknown): number[][] =>
  (answer as { data: { embedding: number[] | string }[] }).data.map(({ embedding }) =>
    typeof embedding === 'string'
      ? Array.from(new Float32Array(Uint8Array.from(Buffer.from(embedding, 'base64')).buffer))
      : embedding,
  )

/** One for each section of `docs/clients.md`. */
export const EXPECTATIONS: readonly Expectation[] = [
  vectors('OpenAI (Python)', '[item.embedding for item in answer.data]', trap(TRAPS.openAiBase64, 'base64')),
  vectors('OpenAI (TypeScript)', 'data.map(({ embedding }) => embedding)', trap(TRAPS.openAi, 404)),
  {
    title: 'Cohere (Python)',
    result: '[answer.embeddings.float_, [item.index for item in ranked.results]]',
    async check(found, server) {
      const [embedded, order] = found as [unknown, number[]]
      await expectVectors(embedded, TEXTS, server)
      expect(order).toEqual([2, 1, 0])
    },
  },
  value('Cohere (TypeScript)', 'ranked.results.map(({ index }) => index)', [2, 1, 0]),
  vectors(
    'LangChain (Python)',
    'vectors',
    trap(TRAPS.langChain, expect.stringContaining('check_embedding_ctx_length')),
  ),
  vectors('LangChain (TypeScript)', 'vectors', {
    foreign: true,
    after: TRAPS.langChainTs,
    checkTrap: (found, server) => expectVectors([found], ['data engineer'], server),
  }),
  vectors('LlamaIndex (OpenAI-like)', 'vectors', trap(TRAPS.llamaIndex, 'ValueError')),
  vectors('LlamaIndex (Text Embeddings Inference)', 'vectors', {
    after: TRAPS.textEmbeddingsInference,
    checkTrap: (found, server) => expectVectors([found], ['护士'], server),
  }),
  {
    title: 'Hugging Face InferenceClient',
    result: '[matrix, scores]',
    async check(found, server) {
      const [matrix, [chef, nurse]] = found as [unknown, [number, number]]
      await expectVectors(matrix, ['data engineer'], server)
      expect(nurse).toBeGreaterThan(chef)
    },
  },
  {
    title: 'Haystack',
    result: '[vector]',
    ...trap(TRAPS.haystack, [null]),
    check: (found, server) => expectVectors(found, ['data engineer'], server),
  },
  value('Chroma', 'found["ids"]', [['nurse', 'chef']], trap(TRAPS.chroma, expect.stringContaining('input'))),
  value(
    'Qdrant',
    '[point.payload["title"] for point in found]',
    ['nurse', 'pastry chef'],
    trap(TRAPS.qdrant, [[0], false, '1']),
  ),
  value('pgvector', 'found', [['nurse'], ['pastry chef']], {
    before: 'import postgres',
    ...trap(TRAPS.pgvector, [true, false, true, 2]),
  }),
  {
    title: 'LiteLLM',
    result: '[[item["embedding"] for item in answer.data], [item["index"] for item in ranked.results]]',
    async check(found, server) {
      const [embedded, order] = found as [unknown, number[]]
      await expectVectors(embedded, TEXTS, server)
      expect(order).toEqual([1, 0])
    },
  },
  {
    title: 'Dify',
    async check(found, server) {
      const [checked, embedded, ranked] = found as unknown[]
      expect(checked).toMatchObject({ model: 'jobs-static-2', data: [{ index: 0 }] })
      await expectVectors(openAiVectors(embedded), TEXTS, server)
      expect(embedded).toMatchObject({ usage: { total_tokens: expect.any(Number) } })
      expect(ranked).toMatchObject({ results: [{ index: 1 }, { index: 0 }] })
    },
  },
  {
    title: 'n8n',
    async check(found, server) {
      const [models, embedded, matched] = found as unknown[]
      expect((models as { data: { id: string }[] }).data.map(({ id }) => id)).toContain('jobs-static-2')
      await expectVectors(openAiVectors(embedded), TEXTS, server)
      expect(matched).toMatchObject({ results: [{ id: 'nurse' }, { id: 'chef' }] })
    },
  },
]
