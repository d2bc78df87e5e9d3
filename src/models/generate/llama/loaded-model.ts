import { open } from 'node:fs/promises'
import { AppError } from '../../../errors.ts'
import { readVerified } from '../../files/verification.ts'
import { describeGguf, type GgufDescription } from '../../gguf/describe.ts'
import { refuseTooLarge } from '../../gguf/memory.ts'
import type { Proof } from '../generator.ts'
import type { Message } from '../prompt.ts'
import { answer, type IsStopped, refuseNaN } from './answer.ts'
import { choose } from './choose.ts'
import { evaluateChunks } from './evaluate-chunks.ts'
import type { LoadModel, Part, Question } from './messages.ts'
import { refuseLong, segmentsOf, tokensOf } from './prompt-tokens.ts'
import type { LlamaRuntime, OpenLlama } from './runtime.ts'

/** A model that has been checked and loaded. */
export interface LoadedModel {
  readonly contextTokens: number
  /** Answers one question; the next only when this one has ended. */
  answer(question: Question, isStopped: IsStopped): AsyncGenerator<Part>
}

/** The header of any model that is known has less. */
const HEADER_BYTES = 64 * 1024 * 1024

/**
 * Loads a model: its file's hash and header are checked and its memory is reckoned before llama.cpp sees the file, and
 * one token shows whether its numbers are numbers.
 *
 * @throws AppError `artifact_corrupt`, `artifact_missing`, `model_too_large`, `runtime_missing`
 */
export async function loadModel(load: LoadModel, openLlama: OpenLlama): Promise<LoadedModel> {
  const { model, path, file, availableBytes } = load
  readVerified(path, file, model)
  const described = await describeFile(load)
  refuseTooLarge(described, { model, contextTokens: load.contextTokens, availableBytes })
  const contextTokens = Math.min(load.contextTokens, described.contextTokens)
  const runtime = await openLlama({ ...load, contextTokens, ranks: described.ranks }).catch(
    (error: unknown) => {
      throw error instanceof AppError ? error : refusedFile(model, error)
    },
  )
  await tryOut(runtime, described, model)
  return {
    contextTokens,
    answer: (question, isStopped) => ask({ load, described, runtime }, question, isStopped),
  }
}

/** A loaded model with what its file says. */
interface Loaded {
  readonly load: LoadModel
  readonly described: GgufDescription
  readonly runtime: LlamaRuntime
}

async function describeFile({ path, file: { bytes } }: LoadModel): Promise<GgufDescription> {
  const file = await open(path)
  try {
    const start = Buffer.alloc(Math.min(HEADER_BYTES, bytes))
    await file.read(start, 0, start.length, 0)
    return describeGguf(start, bytes)
  } finally {
    await file.close()
  }
}

function refusedFile(model: string, error: unknown): AppError {
  const reason = error instanceof Error ? error.message : String(error)
  return new AppError(
    'artifact_corrupt',
    `The file of model ${model} is as its manifest says, but llama.cpp refuses it: ${JSON.stringify(reason.slice(0, 200))}; convert the model again.`,
    { details: { model }, cause: error, retryable: false },
  )
}

/** A file whose numbers are no numbers, or are all the same, shows with its first token. */
async function tryOut(runtime: LlamaRuntime, { vocabulary }: GgufDescription, model: string): Promise<void> {
  const begin = runtime.begin ?? 0
  if (runtime.rank) {
    const chance = await runtime.rank(begin)
    await runtime.keep([])
    if (Number.isFinite(chance)) return
    throw noNumbers(model, 'no numbers (NaN)')
  }
  const [best, ...others] = await runtime.likely(begin, { top: vocabulary.pieces > 1 ? 2 : 1 })
  await runtime.keep([])
  const least = Math.log(1 / vocabulary.pieces)
  if (best && Number.isFinite(best[1]) && (others.length === 0 || best[1] > least + 1e-6)) return
  throw noNumbers(
    model,
    best && Number.isFinite(best[1]) ? 'the same probability for every token' : 'no numbers (NaN)',
  )
}

function noNumbers(model: string, what: string): AppError {
  return new AppError(
    'artifact_corrupt',
    `Model ${model} computes ${what} behind its first token; its file is damaged or was converted wrongly, convert it again.`,
    { details: { model }, retryable: false },
  )
}

async function* ask(loaded: Loaded, question: Question, isStopped: IsStopped): AsyncGenerator<Part> {
  const { load, runtime, described } = loaded
  if (runtime.rank && question.kind !== 'choose') throw ranksAlone(load.model)
  if (question.kind === 'prove') {
    yield await prove(runtime, load.chunkTokens, question.proof)
    return
  }
  const promptOf = async (messages: readonly Message[]) =>
    tokensOf(await segmentsOf(messages, load.chat, loaded.described), runtime)
  if (question.kind === 'choose') {
    const { rankLabel } = described
    yield* choose(
      runtime,
      { promptOf, chunkTokens: load.chunkTokens, rankLabel },
      question.choosing,
      isStopped,
    )
    return
  }
  const prompt = await promptOf(question.messages)
  refuseLong(prompt.length, runtime.contextTokens)
  // From the beginning each time, so that the same question gives the same numbers.
  await runtime.keep([])
  if (await evaluateChunks(runtime, prompt.slice(0, -1), load.chunkTokens, isStopped))
    yield* answer(runtime, prompt, question.options, isStopped)
}

function ranksAlone(model: string): AppError {
  return new AppError(
    'unsupported_task',
    `Model ${model} ranks texts for a query by a head of its own, and says nothing in words; ask it to judge.`,
    { details: { field: 'model', model } },
  )
}

/** What the model goes on with behind tokens of a reference; an answer's end counts like any other token. */
async function prove(
  runtime: LlamaRuntime,
  chunkTokens: number,
  { prompt, count, asked }: Proof,
): Promise<Part> {
  refuseLong(prompt.length + count - 1, runtime.contextTokens)
  await runtime.keep([])
  await evaluateChunks(runtime, prompt.slice(0, -1), chunkTokens, () => false)
  const tokens: number[] = []
  let first = new Map<number, number>()
  for (let token = prompt.at(-1)!; tokens.length < count; tokens.push(token)) {
    const likely = refuseNaN(await runtime.likely(token, { top: 1, tokens: asked }))
    if (tokens.length === 0) first = new Map(likely)
    token = likely[0]![0]
  }
  return { kind: 'proven', tokens, logprobs: asked.map((token) => first.get(token)!) }
}
