import { AppError } from '../../errors.ts'
import type { TokenVectors } from '../../vector/pooling.ts'
import {
  type GraphOutput,
  readScores,
  readTokenVectors,
  requireScores,
  requireTokenVectors,
} from './graph-output.ts'
import { threadOptions } from './idle-threads.ts'
import { importRuntime, type OutputShape, type Tensor } from './onnx-runtime.ts'
import type { TokenBatch } from './token-batch.ts'

/** How the ONNX runtime is set up for a session. */
interface SessionOptions {
  /** Threads within one operator, at least 1. Operators run one after another. */
  readonly threads: number
  /** Whether the graph was optimized when it was saved, so that the runtime need not look at it again. */
  readonly optimized?: boolean
  /** Hears of each run, with the inputs that it has. */
  readonly onRun?: ((inputs: number) => void) | undefined
  /** What the manifest promises of the graph's token vectors: see {@link GraphOutput}. */
  readonly columns?: number | undefined
  readonly cut?: boolean | undefined
}

/** A loaded graph. Its native memory stays until `release`. */
export interface Session<Result = TokenVectors> {
  /** The output that is read. */
  readonly output: GraphOutput
  /** @throws AppError `inference_failed` when the graph fails, or gives another shape than was asked for */
  run(batch: TokenBatch): Promise<Result>
  release(): Promise<void>
}

/** A loaded graph with one score a row. */
export type ScoringSession = Session<Float32Array>

/** The names that exporters give to the output with one vector per token, most usual first. */
const TOKEN_VECTOR_OUTPUTS = ['last_hidden_state', 'token_embeddings']

/**
 * Loads the encoder graph at `path`; from a path the runtime maps the file and keeps no copy of it.
 *
 * @throws AppError `inference_failed` when the runtime refuses the graph, or the graph wants inputs that a text
 * encoder does not have; `artifact_corrupt` when it says of its output what the manifest does not
 */
export function createSession(path: string, model: string, options: SessionOptions): Promise<Session> {
  return openGraph(path, model, options, TOKEN_VECTORS)
}

/**
 * Loads the cross-encoder graph at `path`, whose output is `logits [batch, 1]`.
 *
 * @throws AppError as {@link createSession} does
 */
export function createScoringSession(
  path: string,
  model: string,
  options: SessionOptions,
): Promise<ScoringSession> {
  return openGraph(path, model, options, SCORES)
}

/** The output of a graph that is wanted, by the names that exporters give to it, and what is made of it. */
interface WantedOutput<Result> {
  readonly names: readonly string[]
  /** Looks at what the graph says before it has run. */
  require(shape: OutputShape | undefined, output: GraphOutput): void
  read(tensor: Tensor, batch: TokenBatch, output: GraphOutput): Result
}

const TOKEN_VECTORS: WantedOutput<TokenVectors> = {
  names: TOKEN_VECTOR_OUTPUTS,
  require: requireTokenVectors,
  read: readTokenVectors,
}
const SCORES: WantedOutput<Float32Array> = { names: ['logits'], require: requireScores, read: readScores }

async function openGraph<Result>(
  path: string,
  model: string,
  options: SessionOptions,
  wanted: WantedOutput<Result>,
): Promise<Session<Result>> {
  const { InferenceSession, Tensor } = await importRuntime()
  const session = await InferenceSession.create(path, {
    ...threadOptions(options.threads),
    graphOptimizationLevel: options.optimized ? 'disabled' : 'all',
    executionMode: 'sequential',
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
  }).catch((cause) => {
    throw new AppError('inference_failed', `The ONNX runtime refused the graph of model ${model}.`, { cause })
  })
  const known = wanted.names.find((name) => session.outputNames.includes(name))
  const { columns, cut } = options
  const output = { model, name: known ?? session.outputNames[0]!, columns, cut }
  const fill = await releasedWhenRefused(session, () => {
    const shape = session.outputMetadata.find(({ name }) => name === output.name)
    wanted.require(shape, output)
    return session.inputNames.map((name) => inputFiller(name, model))
  })
  const toTensor = (values: BigInt64Array, shape: number[]): Tensor => new Tensor('int64', values, shape)

  return {
    output,
    async run(batch) {
      options.onRun?.(batch.lengths.length)
      const shape = [batch.lengths.length, batch.sequence]
      const feeds: Record<string, Tensor> = {}
      session.inputNames.forEach((name, index) => {
        feeds[name] = toTensor(fill[index]!(batch), shape)
      })
      const results = await session.run(feeds, [output.name]).catch((cause) => {
        throw new AppError(
          'inference_failed',
          `Model ${model} failed on a batch of ${shape.join(' × ')} tokens.`,
          {
            cause,
          },
        )
      })
      return wanted.read(results[output.name]!, batch, output)
    },
    release: () => session.release(),
  }
}

/** What `look` finds out; a session that it refuses leaves no native memory behind. */
async function releasedWhenRefused<Found>(
  session: { release(): Promise<void> },
  look: () => Found,
): Promise<Found> {
  try {
    return look()
  } catch (error) {
    await session.release()
    throw error
  }
}

/** Fills one int64 input of the graph from a batch. */
type InputFiller = (batch: TokenBatch) => BigInt64Array

/**
 * What fills the graph's input of this name.
 *
 * @throws AppError `inference_failed` for an input that a text encoder does not have
 */
export function inputFiller(name: string, model: string): InputFiller {
  if (name === 'input_ids') return (batch) => widen(batch.ids)
  if (name === 'attention_mask') return maskOf
  if (name === 'token_type_ids') return ({ ids, typeIds }) => widen(typeIds ?? new Uint8Array(ids.length))
  throw new AppError(
    'inference_failed',
    `The graph of model ${model} wants an input ${name}; expected input_ids, attention_mask or token_type_ids; export it as a text encoder.`,
  )
}

/** Non-negative 32-bit integers as int64: the low word of each pair, written without making a BigInt each. */
function widen(values: ArrayLike<number>): BigInt64Array {
  const wide = new BigInt64Array(values.length)
  const words = new Int32Array(wide.buffer)
  for (let index = 0; index < values.length; index++) words[2 * index] = values[index]!
  return wide
}

function maskOf({ lengths, sequence }: TokenBatch): BigInt64Array {
  const mask = new BigInt64Array(lengths.length * sequence)
  lengths.forEach((length, row) => {
    mask.fill(1n, row * sequence, row * sequence + length)
  })
  return mask
}

/**
 * What a graph must have been optimized by to be used here: the version of the runtime, as `ort-1.30.0`. The processor
 * does not count: see scripts/layers/graphs.ts.
 */
export async function graphKey(): Promise<string> {
  const { env } = await importRuntime()
  return `ort-${env.versions.node ?? env.versions.common}`
}
