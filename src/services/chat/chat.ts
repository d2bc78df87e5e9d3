import type { Context } from '../../context.ts'
import type { Finish, GenerateOptions, Piece } from '../../models/generate/generator.ts'
import type { Message } from '../../models/generate/prompt.ts'
import { measuredAnswer } from './measure-answer.ts'
import type { OpenableModel, OpenGenerators } from './open-generators.ts'

/** What a caller asks for. */
interface ChatRequest {
  /** An id, an alias or a repository. */
  readonly model: string
  readonly messages: readonly Message[]
  readonly options: GenerateOptions
}

/** A conversation whose model is known. */
interface ChatPlan<Model> {
  readonly manifest: Model
  readonly messages: readonly Message[]
  readonly options: GenerateOptions
}

/** Answers in conversations, by any language model that is made for them. */
export interface ChatService<Model extends OpenableModel = OpenableModel> {
  /** @throws AppError `unknown_model`, `unsupported_task`, or `artifact_missing` for a model that was never pulled */
  plan(request: ChatRequest): ChatPlan<Model>
  /**
   * Answers piece by piece and adds what it took to the context's metrics, errors included. Ending the iteration ends
   * the work.
   *
   * @throws AppError as the model's `generate` and its opening do
   */
  run(plan: ChatPlan<Model>, context: Context): AsyncGenerator<Piece | Finish, void, void>
}

/** What the chat service is made of. */
interface ChatServiceParts<Model extends OpenableModel> {
  /** @throws AppError `unknown_model`, `unsupported_task`, `artifact_missing` */
  readonly resolve: (name: string) => Model
  readonly generators: OpenGenerators<Model>
  /** Longest that an answer may take, the wait for its turn included. */
  readonly timeoutMs: number
}

/** The chat service of one process. */
export function createChatService<Model extends OpenableModel>({
  resolve,
  generators,
  timeoutMs,
}: ChatServiceParts<Model>): ChatService<Model> {
  return {
    plan: ({ model, messages, options }) => ({ manifest: resolve(model), messages, options }),
    run({ manifest, messages, options }, context) {
      const timed = { ...context, deadline: Math.min(context.deadline, Date.now() + timeoutMs) }
      const answer = generators.use(manifest, timed, (generator) =>
        generator.generate(messages, options, timed),
      )
      return measuredAnswer(context, manifest.id, answer)
    },
  }
}
