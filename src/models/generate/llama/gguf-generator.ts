import { type Context, outOfTime, withinContext } from '../../../context.ts'
import type { GgufManifest } from '../../catalog/generator-manifest.ts'
import type { Generator } from '../generator.ts'
import { createLine } from '../line.ts'
import type { GeneratorParts } from '../parts.ts'
import { answersOf } from './answers-of.ts'
import { createLlamaProcess } from './llama-process.ts'
import type { Part, Question } from './messages.ts'

/** A model in llama.cpp, which tells probabilities and proves its file. */
type GgufGenerator = Generator & Required<Pick<Generator, 'choose' | 'prove'>>

/**
 * A model of a GGUF file, in a process of its own: what ends that process fails the answer in progress alone. One answer
 * at a time, a line of bounded length before it.
 *
 * @throws AppError as `fileAt` does
 */
export async function createGgufGenerator(
  manifest: GgufManifest,
  parts: GeneratorParts,
): Promise<GgufGenerator> {
  const { id, weights, files, chat } = manifest
  const { threads, chunkTokens, runtimeFolders, availableBytes } = parts
  const contextTokens = Math.min(parts.contextTokens, manifest.contextTokens)
  const path = await parts.fileAt(weights)
  const file = files.find((one) => one.path === weights)!
  const bounds = { contextTokens, threads, chunkTokens, runtimeFolders, availableBytes }
  const process = createLlamaProcess(parts.llamaProgram, { model: id, path, file, chat, ...bounds })
  const line = createLine(id, parts.queueLimit)
  let lastId = 0

  async function* ask(question: Question, context: Context): AsyncGenerator<Part> {
    const leave = await line.enter(context)
    const running = await withinContext(context, process.running()).catch((error) => {
      leave()
      throw error
    })
    yield* answersOf(running, { id: ++lastId, question, context, leave, graceMs: parts.graceMs })
  }
  return {
    model: id,
    contextTokens,
    async *generate(messages, options, context) {
      for await (const part of ask({ kind: 'generate', messages, options }, context)) {
        if (part.kind === 'text' || part.kind === 'finish') yield part
      }
    },
    async *choose(choosing, context) {
      for await (const part of ask({ kind: 'choose', choosing }, context)) {
        if (part.kind === 'chosen') yield part
      }
    },
    async prove(proof, context) {
      for await (const part of ask({ kind: 'prove', proof }, context)) {
        if (part.kind === 'proven') return part
      }
      throw outOfTime(context)
    },
    close: async () => process.close(),
  }
}
