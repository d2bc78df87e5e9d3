import { AppError } from '../../../errors.ts'
import { type InferenceSession, importRuntime, type Tensor } from '../../runtime/onnx-runtime.ts'
import type { Seq2SeqConfig } from './config.ts'

/** Where the two graphs lie, and how they are run. */
export interface GraphPlaces {
  /** For error messages. */
  readonly model: string
  /** Paths of ONNX files. */
  readonly encoder: string
  readonly decoder: string
  /** Threads within one operator, at least 1. */
  readonly threads: number
}

/** An answer on its way. */
interface Decoding {
  /**
   * The model's numbers for the token behind `token`, one a piece of the vocabulary.
   *
   * @throws AppError `inference_failed`
   */
  step(token: number): Promise<Float32Array>
}

/** Two loaded graphs. Their native memory stays until `release`. */
export interface Seq2SeqGraphs {
  /**
   * Reads a question, so that an answer can be decoded token by token.
   *
   * @throws AppError `inference_failed`
   */
  read(ids: readonly number[]): Promise<Decoding>
  release(): Promise<void>
}

const FLAG = 'use_cache_branch'
const PAST = 'past_key_values.'
const PRESENT = 'present.'
/** Keys and values of the question: the same for every token of an answer. */
const OF_QUESTION = /\.encoder\./
const KNOWN = new Set(['input_ids', 'encoder_hidden_states', 'encoder_attention_mask', FLAG])

/**
 * Loads an encoder and a decoder that keeps what it has computed: one whose graph takes an empty cache at the first
 * token, with or without the exporter's `use_cache_branch`.
 *
 * @throws AppError `inference_failed` when the runtime refuses a graph; `artifact_corrupt` for a decoder without a cache,
 * or one that works with a filled cache alone
 */
export async function openGraphs(places: GraphPlaces, config: Seq2SeqConfig): Promise<Seq2SeqGraphs> {
  const { model } = places
  const encoder = await createSession(places.encoder, 'encoder', places)
  const decoder = await createSession(places.decoder, 'decoder', places).catch(async (error) => {
    await encoder.release()
    throw error
  })
  const release = async () => {
    await Promise.all([encoder.release(), decoder.release()])
  }
  const problem = problemOf(decoder)
  if (problem !== undefined) {
    await release()
    throw wrongDecoder(model, problem)
  }
  const { Tensor } = await importRuntime()
  const integers = (ids: readonly number[]) =>
    new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length])
  const nothing = () => new Tensor('float32', new Float32Array(0), [1, config.heads, 0, config.headWidth])
  const flag = (cached: boolean) => new Tensor('bool', [cached], [1])
  return {
    async read(ids) {
      const mask = integers(ids.map(() => 1))
      const hidden = await encodeQuestion(encoder, model, { input_ids: integers(ids), attention_mask: mask })
      let past: Readonly<Record<string, Tensor>> = Object.fromEntries(
        cacheOf(decoder).map((name) => [name, nothing()]),
      )
      let cached = false
      return {
        async step(token) {
          const feeds: Record<string, Tensor> = {
            input_ids: integers([token]),
            encoder_hidden_states: hidden,
            ...past,
          }
          if (decoder.inputNames.includes('encoder_attention_mask')) feeds.encoder_attention_mask = mask
          if (decoder.inputNames.includes(FLAG)) feeds[FLAG] = flag(cached)
          const results = await run(decoder, model, feeds)
          past = nextCache(past, results, cached)
          cached = true
          return lastRow(results.logits, model)
        },
      }
    },
    release,
  }
}

const cacheOf = ({ inputNames }: InferenceSession) => inputNames.filter((name) => name.startsWith(PAST))
const presentOf = (name: string) => `${PRESENT}${name.slice(PAST.length)}`

/** Of the question nothing new comes with a cache: exporters then give outputs without rows. */
function nextCache(
  past: Readonly<Record<string, Tensor>>,
  results: Readonly<Record<string, Tensor>>,
  cached: boolean,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(past).map(([name, before]) => [
      name,
      cached && OF_QUESTION.test(name) ? before : results[presentOf(name)]!,
    ]),
  )
}

/** What keeps a decoder from being used, as the middle of a sentence. */
function problemOf(decoder: InferenceSession): string | undefined {
  const { inputNames, outputNames } = decoder
  const cache = cacheOf(decoder)
  if (!outputNames.includes('logits')) return 'has no output logits'
  if (cache.length === 0)
    return 'has no cache (past_key_values), so that every token would cost all before it again'
  const foreign = inputNames.find((name) => !KNOWN.has(name) && !name.startsWith(PAST))
  if (foreign !== undefined) return `wants an input ${foreign}`
  const lost = cache.find((name) => !outputNames.includes(presentOf(name)))
  if (lost !== undefined) return `takes ${lost} and does not give ${presentOf(lost)}`
  if (cache.some((name) => OF_QUESTION.test(name)) && !inputNames.includes(FLAG)) {
    return 'takes keys of the question that it does not compute, since it is for later tokens alone'
  }
  return undefined
}

async function createSession(
  path: string,
  part: string,
  { model, threads }: GraphPlaces,
): Promise<InferenceSession> {
  const { InferenceSession } = await importRuntime()
  return InferenceSession.create(path, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
  }).catch((cause) => {
    throw new AppError('inference_failed', `The ONNX runtime refused the ${part} of model ${model}.`, {
      cause,
    })
  })
}

async function encodeQuestion(encoder: InferenceSession, model: string, feeds: Record<string, Tensor>) {
  const wanted = Object.fromEntries(
    Object.entries(feeds).filter(([name]) => encoder.inputNames.includes(name)),
  )
  const results = await run(encoder, model, wanted)
  const hidden = results.last_hidden_state ?? results[encoder.outputNames[0]!]
  if (hidden?.type === 'float32' && hidden.dims.length === 3) return hidden
  throw wrongAnswer(model, 'encoder', hidden, '[1, tokens, width]')
}

async function run(session: InferenceSession, model: string, feeds: Record<string, Tensor>) {
  return session.run(feeds).catch((cause) => {
    throw new AppError('inference_failed', `Model ${model} failed on a token.`, { cause })
  })
}

function lastRow(logits: Tensor | undefined, model: string): Float32Array {
  const width = logits?.dims.at(-1) ?? 0
  const data = logits?.data
  if (data instanceof Float32Array && logits?.dims.length === 3 && width > 0 && data.length >= width) {
    return data.subarray(data.length - width)
  }
  throw wrongAnswer(model, 'decoder', logits, '[1, 1, pieces]')
}

function wrongAnswer(model: string, part: string, got: Tensor | undefined, expected: string): AppError {
  const shown = got ? `${got.type} [${got.dims.join(', ')}]` : 'nothing'
  return new AppError(
    'inference_failed',
    `The ${part} of model ${model} answered ${shown}; expected float32 ${expected}; export it again.`,
    { details: { model } },
  )
}

function wrongDecoder(model: string, problem: string): AppError {
  return new AppError(
    'artifact_corrupt',
    `The decoder of model ${model} ${problem}; take decoder_model_merged.onnx of the usual exporter.`,
    { details: { model }, retryable: false },
  )
}
