import { throwIfDone } from '../../context.ts'
import { nameInput } from '../../field-names.ts'
import type { TokenizedInput, Tokenizer } from '../../tokenizer/tokenizer.ts'
import type { Manifest } from '../catalog/manifest.ts'
import { brokenScores, requireFinite } from '../runtime/graph-output.ts'
import type { ScoringSession } from '../runtime/session.ts'
import { padBatch, planBatches, planSingles } from './batching.ts'
import type { PairScores, Reranker } from './pair-scorer.ts'

/** Pairs are tokenized and run window by window, so that memory does not grow with their number. */
const WINDOW_PAIRS = 1024

/** What a cross-encoder is made of. */
interface CrossEncoderParts {
  readonly manifest: Manifest
  readonly tokenizer: Tokenizer
  readonly session: ScoringSession
  /** Most padded tokens in one run of the graph. */
  readonly tokenBudget: number
}

/** A reranker that reads query and text together (Nogueira and Cho, 2019): tokenize pairs → run → logits. */
export function createCrossEncoder({
  manifest,
  tokenizer,
  session,
  tokenBudget,
}: CrossEncoderParts): Reranker {
  return {
    async score(query, texts, options, context): Promise<PairScores> {
      const scores = new Float32Array(texts.length)
      const unknown = new Uint8Array(texts.length)
      const asked = tokenizer.encode(query, { maxTokens: manifest.maxTokens, truncate: 'end' })
      const totals = { tokens: 0, truncated: 0, tokenizeMs: 0, inferenceMs: 0 }
      const pairWith = tokenizer.pairsOf(query, {
        maxTokens: manifest.maxTokens,
        maxSecondTokens: options.maxTextTokens,
        truncate: options.truncate ?? 'end',
      })
      const runWindow = async (window: readonly TokenizedInput[], first: number) => {
        const lengths = window.map(({ ids }) => ids.length)
        const batches = options.deterministic ? planSingles(lengths) : planBatches(lengths, tokenBudget)
        for (const batch of batches) {
          throwIfDone(context)
          const logits = await session.run(padBatch(window, batch, tokenizer.padId))
          batch.forEach((index, row) => {
            scores[first + index] = logits[row]!
          })
        }
      }
      for (let first = 0; first < texts.length; first += WINDOW_PAIRS) {
        throwIfDone(context)
        const start = performance.now()
        const window = texts
          .slice(first, first + WINDOW_PAIRS)
          .map((text, index) => nameInput('texts', first + index, () => pairWith(text)))
        const tokenized = performance.now()
        await runWindow(window, first)
        totals.tokenizeMs += tokenized - start
        totals.inferenceMs += performance.now() - tokenized
        window.forEach(({ ids, truncated, unknown: isUnknown }, index) => {
          totals.tokens += ids.length
          totals.truncated += truncated ? 1 : 0
          if (isUnknown) unknown[first + index] = 1
        })
      }
      requireFinite(brokenScores(scores), scores.length, 'texts', session.output)
      return { scores, unknown, unknownQuery: asked.unknown, ...totals }
    },
  }
}
