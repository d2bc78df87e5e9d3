import { type Context, throwIfDone } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { nameInput } from '../../field-names.ts'
import type { TokenizedInput, Tokenizer } from '../../tokenizer/tokenizer.ts'
import { createTurns } from '../../turns.ts'
import { allFinite, brokenRows } from '../../vector/finite.ts'
import { mapRows } from '../../vector/linear.ts'
import { createMatrix, type Matrix, rowOf } from '../../vector/matrix.ts'
import { normalizeRows } from '../../vector/normalize.ts'
import { poolRows, type TokenVectors } from '../../vector/pooling.ts'
import { releaseMemory } from '../../vector/release.ts'
import type { Manifest } from '../catalog/manifest.ts'
import { promptOf } from '../catalog/prompt.ts'
import { requireFinite } from '../runtime/graph-output.ts'
import type { Session } from '../runtime/session.ts'
import type { Adapter } from './adapter.ts'
import { type Heads, headFor } from './dense-layers.ts'
import type { Encoded, EncodeOptions, Encoder, EncoderInput } from './encoder.ts'
import { createRunQueue } from './run-queue.ts'

/** Inputs are tokenized and run window by window, so that memory does not grow with their number. */
const WINDOW_INPUTS = 4096
const WINDOW_TOKENS = 1 << 18

/** What a text encoder is made of. */
interface TextEncoderParts {
  readonly manifest: Manifest
  readonly tokenizer: Tokenizer
  readonly session: Session
  /** Maps that follow the pooling, of models that have some. */
  readonly heads?: Heads | undefined
  /** A learned map behind them. */
  readonly adapter?: Adapter | undefined
  /** Most padded tokens in one run of the graph. */
  readonly tokenBudget: number
}

/** The one path from text to vectors: tokenize → run → pool → map → adapt → cut columns → normalize. */
export function createTextEncoder(parts: TextEncoderParts): Encoder {
  const { manifest, tokenizer, session, heads, adapter, tokenBudget } = parts
  const queue = createRunQueue<TokenVectors>({
    run: (batch) => session.run(batch),
    part: rowsOf,
    release: ({ data }) => releaseMemory(data),
    padId: tokenizer.padId,
    tokenBudget,
  })
  const runWindow = (
    window: readonly TokenizedInput[],
    firstRow: number,
    vectors: Matrix,
    alone: boolean,
    context: Context,
  ) => {
    const read = (tokens: TokenVectors, indices: readonly number[]) => {
      const rows = indices.map((index) => firstRow + index)
      poolRows(tokens, manifest.pooling, vectors, rows)
      return rows.every((row) => allFinite(rowOf(vectors, row)))
    }
    return queue.run({ inputs: window, alone, read }, context)
  }

  return {
    async embed(inputs, options, context): Promise<Encoded> {
      const dimensions = options.dimensions ?? manifest.dimensions
      const adapts = adapter?.maps(options.role) ? adapter : undefined
      // A map reads all columns; they are cut behind it.
      const plain = createMatrix(inputs.length, adapts ? manifest.dimensions : dimensions)
      const head = headFor(heads, options.role)
      const pooled = head ? createMatrix(inputs.length, head.inputs) : plain
      const counter = createCounter(inputs.length)
      const times = { tokenizeMs: 0, inferenceMs: 0, queueMs: 0 }
      const alone = options.deterministic ?? false
      for (let row = 0; row < inputs.length; ) {
        throwIfDone(context)
        const { window, tokenizeMs } = await tokenizeWindow(inputs, row, options, manifest, tokenizer)
        times.tokenizeMs += tokenizeMs
        const { runMs, waitMs } = await runWindow(window, row, pooled, alone, context)
        times.inferenceMs += runMs
        times.queueMs += waitMs
        counter.add(window, row)
        row += window.length
      }
      const check = (broken: readonly number[]) =>
        requireFinite(broken, inputs.length, 'input', session.output)
      if (head) {
        // Before the head, too: the hyperbolic tangent of an infinity is 1.
        check(brokenRows(pooled))
        mapRows(head, pooled, plain)
      }
      const vectors = adapts ? await adapts.map(plain, dimensions) : plain
      check((options.normalize ?? manifest.normalize) ? normalizeRows(vectors) : brokenRows(vectors))
      return { vectors, ...counter.counts(), ...times }
    },
  }
}

/** Rows `first … first + rows` of token vectors, which stay where they are. */
function rowsOf(
  { data, sequence, columns, lengths }: TokenVectors,
  first: number,
  rows: number,
): TokenVectors {
  const values = sequence * columns
  const part = data.subarray(first * values, (first + rows) * values)
  return { data: part, sequence, columns, lengths: lengths.subarray(first, first + rows) }
}

/** Counts what the tokenizer made of inputs, and marks those of which something is to be said. */
function createCounter(inputs: number) {
  const inputTokens = new Uint32Array(inputs)
  const [unknown, cut] = [new Uint8Array(inputs), new Uint8Array(inputs)]
  const totals = { tokens: 0, truncated: 0 }
  return {
    add(window: readonly TokenizedInput[], first: number): void {
      window.forEach(({ ids, truncated, unknown: isUnknown }, index) => {
        inputTokens[first + index] = ids.length
        unknown[first + index] = isUnknown ? 1 : 0
        cut[first + index] = truncated ? 1 : 0
        totals.tokens += ids.length
        totals.truncated += truncated ? 1 : 0
      })
    },
    counts: () => ({ inputTokens, unknown, cut, ...totals }),
  }
}

/**
 * Tokenizes inputs from `start` until the window is full, in turns of some ms: runs of other callers go on between them.
 * A window of 262,144 tokens would hold the thread for a quarter of a second otherwise.
 */
async function tokenizeWindow(
  inputs: readonly EncoderInput[],
  start: number,
  options: EncodeOptions,
  manifest: Manifest,
  tokenizer: Tokenizer,
): Promise<{ window: TokenizedInput[]; tokenizeMs: number }> {
  const window: TokenizedInput[] = []
  const limits = {
    maxTokens: Math.min(manifest.maxTokens, options.maxTokens ?? manifest.maxTokens),
    truncate: options.truncate ?? 'end',
    prompt: promptOf(manifest, options.role),
  } as const
  const turns = createTurns()
  let began = performance.now()
  for (let tokens = 0, index = start; index < inputs.length; index++) {
    if (tokens >= WINDOW_TOKENS || window.length >= WINDOW_INPUTS) break
    const input = inputs[index]!
    const tokenized = nameInput('input', index, () =>
      typeof input === 'string' ? tokenizer.encode(input, limits) : cutIds(input, limits, tokenizer),
    )
    tokens += tokenized.ids.length
    window.push(tokenized)
    const rest = turns.rest()
    if (!rest) continue
    const resting = performance.now()
    await rest
    began += performance.now() - resting
  }
  return { window, tokenizeMs: performance.now() - began }
}

/** Token ids that the caller made: checked against the vocabulary and cut like a text's. */
function cutIds(
  ids: readonly number[],
  { maxTokens, truncate }: { maxTokens: number; truncate: 'end' | 'start' | false },
  tokenizer: Tokenizer,
): TokenizedInput {
  for (const id of ids) {
    if (Number.isInteger(id) && id >= 0 && id < tokenizer.vocabularySize) continue
    throw new AppError(
      'invalid_request',
      `Token id ${id} is not in the model's vocabulary; expected an integer from 0 to ${tokenizer.vocabularySize - 1}; send text to have it tokenized.`,
    )
  }
  const truncated = ids.length > maxTokens
  if (truncated && truncate === false) {
    throw new AppError(
      'input_too_long',
      `The input has ${ids.length} tokens; expected at most ${maxTokens}; shorten it, or leave the field truncate out, which drops the end.`,
      { details: { tokens: ids.length, maxTokens } },
    )
  }
  const kept = truncate === 'start' ? ids.slice(-maxTokens) : ids.slice(0, maxTokens)
  return {
    ids: Int32Array.from(kept),
    typeIds: undefined,
    truncated,
    unknown: !kept.some((id) => tokenizer.knows(id)),
  }
}
