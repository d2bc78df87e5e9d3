import type { Context } from '../../../context.ts'
import { AppError, type ErrorCode } from '../../../errors.ts'
import type { EncoderInput } from '../../../models/encode/encoder.ts'
import type { EngineResult } from '../../../models/engine/engine.ts'
import { isWrongOutput } from '../../../models/runtime/graph-output.ts'
import { createMatrix, type Matrix } from '../../../vector/matrix.ts'

/** Vectors of those inputs that could be embedded. */
export interface EmbeddedInputs {
  /** Row `i` belongs to input `i`; zeros where `problems` has it. */
  readonly vectors: Matrix
  /** By input. */
  readonly problems: ReadonlyMap<number, { readonly code: ErrorCode; readonly message: string }>
  readonly tokens: number
  /** By input; 0 where `problems` has it. */
  readonly inputTokens: Uint32Array
  /** By input, 1 where the model knows no token of it. */
  readonly unknown: Uint8Array
  /** By input, 1 where it lost tokens. */
  readonly cut: Uint8Array
  readonly tokenizeMs: number
  readonly inferenceMs: number
  /** Runs that had to be made again. */
  readonly retries: number
}

/** Runs one list of inputs, all or nothing. */
export type EmbedInputs = (inputs: readonly EncoderInput[], context: Context) => Promise<EngineResult>

/** How to embed inputs of which some may be refused. */
interface EmbedInputsOptions {
  readonly dimensions: number
  /** Whether to look for the inputs on which the model itself fails, rather than to give up. */
  readonly isolate: boolean
  readonly embed: EmbedInputs
}

/** What an input is to blame for. */
const INPUT_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'invalid_request',
  'empty_input',
  'input_too_long',
  'payload_too_large',
])
const MODEL_ERRORS: ReadonlySet<ErrorCode> = new Set(['inference_failed', 'internal'])
/** A model that fails on so many inputs one by one fails on all. */
const MOST_MODEL_FAILURES = 64

/**
 * Whether to look for the inputs that make the model fail. A model that answers NaN goes on working and costs little:
 * then all such inputs are found, and the job decides how many are too many.
 */
function isWorthHalving(error: AppError, isolate: boolean, failures: number): boolean {
  if (isWrongOutput(error)) return true
  return isolate && MODEL_ERRORS.has(error.code) && failures <= MOST_MODEL_FAILURES
}

/**
 * Embeds as many of `inputs` as can be. An input that is refused costs its neighbours one more tokenization: what is
 * before it runs by itself, then what is after it. An input for which the model answers NaN is found by halving the
 * list, and tried again by itself: with int8 weights it makes its neighbours in a run NaN, too.
 *
 * @throws AppError what `embed` throws for which no input is to blame
 */
export async function embedInputs(
  inputs: readonly EncoderInput[],
  { dimensions, isolate, embed }: EmbedInputsOptions,
  context: Context,
): Promise<EmbeddedInputs> {
  let vectors: Matrix | undefined
  const problems = new Map<number, { code: ErrorCode; message: string }>()
  const totals = { tokens: 0, tokenizeMs: 0, inferenceMs: 0, retries: 0 }
  const inputTokens = new Uint32Array(inputs.length)
  const unknown = new Uint8Array(inputs.length)
  const cut = new Uint8Array(inputs.length)
  let failures = 0
  const keep = (result: EngineResult, from: number) => {
    // All at once, nearly always: what the engine made is taken as it is.
    if (result.vectors.rows === inputs.length) vectors = result.vectors
    vectors ??= createMatrix(inputs.length, dimensions)
    if (vectors !== result.vectors) vectors.data.set(result.vectors.data, from * dimensions)
    inputTokens.set(result.inputTokens, from)
    unknown.set(result.unknown, from)
    cut.set(result.cut, from)
    totals.tokens += result.tokens
    totals.tokenizeMs += result.tokenizeMs
    totals.inferenceMs += result.inferenceMs
  }
  /** Later parts are pushed first: parts run in input order. */
  const waiting: [from: number, to: number][] = [[0, inputs.length]]
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    const [from, to] = part
    if (from >= to) continue
    try {
      keep(await embed(inputs.slice(from, to), context), from)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      totals.retries++
      const refused = refusedInput(error)
      if (refused !== undefined && from + refused < to) {
        problems.set(from + refused, describe(error))
        waiting.push([from + refused + 1, to], [from, from + refused])
      } else if (isWorthHalving(error, isolate, failures)) {
        const middle = (from + to) >> 1
        if (to - from > 1) waiting.push([middle, to], [from, middle])
        else {
          failures++
          problems.set(from, describe(error))
        }
      } else throw error
    }
  }
  vectors ??= createMatrix(inputs.length, dimensions)
  return { vectors, problems, inputTokens, unknown, cut, ...totals }
}

/** The place, in what was asked for, of the input to blame. */
function refusedInput({ code, details }: AppError): number | undefined {
  if (!INPUT_ERRORS.has(code)) return undefined
  const [, place] = /^input\[(\d+)\]/.exec(String(details.field)) ?? []
  return place === undefined ? undefined : Number(place)
}

/** The place of the input in its run says nothing to the owner of a file. */
function describe({ code, message }: AppError): { code: ErrorCode; message: string } {
  return { code, message: message.replace(/^input\[\d+\]: /, '') }
}
