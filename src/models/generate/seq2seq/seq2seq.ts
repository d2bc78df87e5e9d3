import { type Context, outOfTime, throwIfDone } from '../../../context.ts'
import { AppError, invalid } from '../../../errors.ts'
import { once } from '../../../once.ts'
import type { ChatFormatName } from '../../catalog/generator-manifest.ts'
import type { ChosenToken, Finish, GenerateOptions, Generator, Piece, Proof, Proven } from '../generator.ts'
import { createLine } from '../line.ts'
import type { Message } from '../prompt.ts'
import { createSampler, type LikelyToken, type Sampler } from '../sampling.ts'
import { createStopFilter, type StopFilter } from '../stop-texts.ts'
import { formatTurns } from '../turns.ts'
import { readSeq2SeqConfig, type Seq2SeqConfig } from './config.ts'
import { type GraphPlaces, openGraphs, type Seq2SeqGraphs } from './graphs.ts'
import { greatest, likeliest, logSum } from './logits.ts'
import { loadVocabulary, type Vocabulary } from './vocabulary.ts'

/** What an encoder-decoder is made of. */
export interface Seq2SeqParts extends GraphPlaces {
  /** The texts of its tokenizer.json and its config.json. */
  readonly tokenizer: string
  readonly config: string
  readonly format: ChatFormatName
  /** How many conversations may wait while one is answered. */
  readonly queue: number
}

interface Loaded {
  readonly model: string
  readonly config: Seq2SeqConfig
  readonly vocabulary: Vocabulary
  readonly graphs: Seq2SeqGraphs
}

/**
 * Blenderbot and its like by the ONNX runtime. Graphs and tokenizer are loaded with the first answer. A question and an
 * answer have as many tokens each as the model has positions (128), so that `contextTokens` is twice that.
 *
 * @throws AppError `artifact_corrupt` for a configuration that is none
 */
export function createSeq2SeqGenerator(parts: Seq2SeqParts): Required<Omit<Generator, 'choose'>> {
  const { model, queue } = parts
  const config = readSeq2SeqConfig(parts.config, model)
  const line = createLine(model, queue)
  const opened: Seq2SeqGraphs[] = []
  const load = once(async (): Promise<Loaded> => {
    const vocabulary = await loadVocabulary(parts.tokenizer)
    const graphs = await openGraphs(parts, config)
    opened.push(graphs)
    return { model, config, vocabulary, graphs }
  })
  return {
    model,
    contextTokens: 2 * config.positions,
    async *generate(messages, options, context) {
      if (options.schema) throw withoutSchema(model)
      const leave = await line.enter(context)
      try {
        const loaded = await load()
        yield* answer(loaded, promptOf(loaded, parts.format, messages), options, context)
      } finally {
        leave()
      }
    },
    async prove(proof, context) {
      const leave = await line.enter(context)
      try {
        return await goOn(await load(), proof, context)
      } finally {
        leave()
      }
    },
    async close() {
      for (const graphs of opened.splice(0)) await graphs.release()
    },
  }
}

function promptOf(
  { vocabulary, config, model }: Loaded,
  format: ChatFormatName,
  messages: readonly Message[],
) {
  const ids = vocabulary.idsOf(formatTurns(messages, format), config.positions + 1)
  if (ids.length <= config.positions) return ids
  throw new AppError(
    'input_too_long',
    `The messages are at least ${ids.length} tokens, and model ${model} reads ${config.positions}; shorten them, or leave older ones out.`,
    { details: { field: 'messages', atLeastTokens: ids.length, maxTokens: config.positions } },
  )
}

async function* answer(
  loaded: Loaded,
  prompt: readonly number[],
  options: GenerateOptions,
  context: Context,
): AsyncGenerator<Piece | Finish> {
  const { config, vocabulary, graphs } = loaded
  const most = Math.min(options.maxTokens, config.positions)
  const choose = chooserOf(options)
  const out = createOutput(loaded, options)
  const finish = (reason: Finish['reason'], generatedTokens: number): Finish => ({
    kind: 'finish',
    reason,
    usage: { promptTokens: prompt.length, generatedTokens },
  })
  const decoding = await graphs.read(prompt)
  let token = config.start
  for (let count = 0; count < most; count++) {
    if (await isOver(context, count)) {
      yield* out.rest()
      return yield finish('deadline', count)
    }
    const logits = await decoding.step(token)
    const whole = logSum(logits, loaded.model)
    token = choose(logits, whole)
    if (token === config.end || token >= vocabulary.size) {
      yield* out.rest()
      return yield finish('stop', count + 1)
    }
    const { pieces, found } = out.take(token, logits, whole)
    yield* pieces
    if (found) return yield finish('stop', count + 1)
  }
  yield* out.rest()
  yield finish('length', most)
}

/** All pieces are put in order for a draw (8,008 of Blenderbot in 2 ms), none for the likeliest one. */
function chooserOf({
  temperature = 0,
  topP = 1,
  seed,
}: GenerateOptions): (logits: Float32Array, whole: number) => number {
  if (temperature === 0) return likeliest
  const sample: Sampler = createSampler({ temperature, topP, seed })
  return (logits, whole) => {
    const likely = Array.from(logits, (logit, id): LikelyToken => [id, logit - whole])
    return sample(likely.sort((one, other) => other[1] - one[1] || one[0] - other[0]))[0]
  }
}

/**
 * Lets others have their turn between two tokens, since the runtime keeps the thread.
 *
 * @returns whether the time was up in the middle of an answer
 * @throws AppError `deadline_exceeded` before the first token, or for a caller who has gone
 */
async function isOver(context: Context, tokens: number): Promise<boolean> {
  await new Promise((resolve) => setImmediate(resolve))
  const late = Date.now() >= context.deadline
  if (!late && !context.signal.aborted) return false
  if (late && tokens > 0) return true
  throw outOfTime(context)
}

/** Makes pieces of text of tokens. */
function createOutput({ vocabulary }: Loaded, { stop = [], topLogprobs }: GenerateOptions) {
  const stops: StopFilter = createStopFilter(stop)
  const decoder = new TextDecoder()
  const textOf = (id: number) => new TextDecoder().decode(vocabulary.bytesOf(id))
  let logprobs: ChosenToken[] = []
  let first = true
  const pieceOf = (text: string): Piece[] => {
    if (text === '') return []
    const piece: Piece = { kind: 'text', text, ...(topLogprobs !== undefined && { logprobs }) }
    logprobs = []
    return [piece]
  }
  return {
    take(id: number, logits: Float32Array, whole: number) {
      if (topLogprobs !== undefined) {
        const told = (other: number) => ({
          token: textOf(other),
          logprob: Math.min(0, logits[other]! - whole),
        })
        logprobs.push({ ...told(id), top: greatest(logits, topLogprobs).map(told) })
      }
      const decoded = decoder.decode(vocabulary.bytesOf(id), { stream: true })
      // Pieces that begin a word have a space before it, at the beginning of an answer, too.
      const text = first && decoded.startsWith(' ') ? decoded.slice(1) : decoded
      first &&= decoded === ''
      const taken = stops.pass(text)
      return { pieces: pieceOf(taken.text), found: taken.stopped }
    },
    rest(): Piece[] {
      const { text, stopped } = stops.pass(decoder.decode())
      return pieceOf(stopped ? text : text + stops.rest())
    },
  }
}

async function goOn(
  { config, graphs, model }: Loaded,
  { prompt, count, asked }: Proof,
  context: Context,
): Promise<Proven> {
  const decoding = await graphs.read(prompt)
  const tokens: number[] = []
  let logprobs: number[] = []
  while (tokens.length < count) {
    throwIfDone(context)
    const logits = await decoding.step(tokens.at(-1) ?? config.start)
    const whole = logSum(logits, model)
    if (tokens.length === 0) logprobs = asked.map((id) => (logits[id] ?? Number.NEGATIVE_INFINITY) - whole)
    tokens.push(likeliest(logits))
  }
  return { tokens, logprobs }
}

function withoutSchema(model: string): AppError {
  return invalid(
    'response_format',
    `Model ${model} was made to chat and cannot keep to a JSON schema; leave response_format out, or choose another model.`,
  )
}
