import { type Context, throwIfDone } from '../../context.ts'
import { nameInput } from '../../field-names.ts'
import type { TokenizedInput, Tokenizer } from '../../tokenizer/tokenizer.ts'
import { allFinite } from '../../vector/finite.ts'
import type { Manifest } from '../catalog/manifest.ts'
import { brokenScores, requireFinite } from '../runtime/graph-output.ts'
import type { ScoringSession } from '../runtime/session.ts'
import type { PairScores, Reranker } from './pair-scorer.ts'
import { createRunQueue } from './run-queue.ts'

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
  const runWindow = createPairRuns(session, tokenizer.padId, tokenBudget)
  return {
    async score(query, texts, options, context): Promise<PairScores> {
      const scores = new Float32Array(texts.length)
      const unknown = new Uint8Array(texts.length)
      const asked = tokenizer.encode(query, { maxTokens: manifest.maxTokens, truncate: 'end' })
      const totals = { tokens: 0, truncated: 0, tokenizeMs: 0, inferenceMs: 0, queueMs: 0 }
      const pairWith = tokenizer.pairsOf(query, {
        maxTokens: manifest.maxTokens,
        maxSecondTokens: options.maxTextTokens,
        truncate: options.truncate ?? 'end',
      })
      for (let first = 0; first < texts.length; first += WINDOW_PAIRS) {
        throwIfDone(context)
        const start = performance.now()
        const window = texts
          .slice(first, first + WINDOW_PAIRS)
          .map((text, index) => nameInput('texts', first + index, () => pairWith(text)))
        totals.tokenizeMs += performance.now() - start
        const alone = options.deterministic ?? false
        const { runMs, waitMs } = await runWindow(window, scores.subarray(first), alone, context)
        totals.inferenceMs += runMs
        totals.queueMs += waitMs
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

/** What runs a window of pairs and writes their scores, one a pair. */
function createPairRuns(session: ScoringSession, padId: number, tokenBudget: number) {
  const queue = createRunQueue<Float32Array>({
    run: (batch) => session.run(batch),
    part: (logits, first, rows) => logits.subarray(first, first + rows),
    release() {},
    padId,
    tokenBudget,
  })
  return (inputs: readonly TokenizedInput[], scores: Float32Array, alone: boolean, context: Context) => {
    const read = (logits: Float32Array, indices: readonly number[]) => {
      indices.forEach((index, row) => {
        scores[index] = logits[row]!
      })
      return allFinite(logits)
    }
    return queue.run({ inputs, alone, read }, context)
  }
}
