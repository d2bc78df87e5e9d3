import { AppError } from '../errors.ts'
import type { Finish, Piece } from '../models/generate/generator.ts'
import type { ChatService } from '../services/chat/chat.ts'
import type { Answer } from './answer.ts'
import { type AnswerHead, completionOf, firstChunk, lastChunks, pieceChunk } from './chat-answer.ts'
import { planOfChat } from './chat-body.ts'
import { chatDocumentation } from './documentation/chat.ts'
import { openAiDialect } from './errors.ts'
import { EVENT_HEADERS, eventStream, withinBeat } from './event-stream.ts'
import type { Limits } from './limits.ts'
import type { Call, Route } from './route.ts'

/** Tokens of an answer whose caller names no number: three pages. */
const USUAL_TOKENS = 1024

/** What the route of chats is made of. */
interface ChatRouteParts {
  readonly chat: ChatService
  readonly limits: Pick<Limits, 'maxResponseBytes'>
}

type Pieces = AsyncGenerator<Piece | Finish, void, void>

/** The route that answers conversations as OpenAI's does. */
export function chatRoute({ chat, limits }: ChatRouteParts): Route {
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    dialect: openAiDialect,
    documentation: chatDocumentation,
    hasOwnQueue: true,
    async answer(asked, call) {
      const { stream, includeUsage, ...request } = planOfChat(asked, USUAL_TOKENS, call.addHeader)
      const plan = chat.plan(request)
      const { id: model } = plan.manifest
      if (isAlias(request.model, model)) {
        // Nobody shall believe that the model of that name answered.
        call.addHeader(
          'x-warning',
          `${encodeURI(request.model)} is the model ${model}; GET /models says why.`,
        )
      }
      const head: AnswerHead = {
        id: `chatcmpl-${crypto.randomUUID()}`,
        created: Math.floor(Date.now() / 1000),
        model,
      }
      const pieces = chat.run(plan, call.context)
      return stream ? streamed(head, pieces, includeUsage, call) : whole(head, pieces, limits)
    },
  }
}

/** Another name than the id, and than the repository that has it. */
function isAlias(asked: string, id: string): boolean {
  return asked.split('/').at(-1)?.toLowerCase() !== id.toLowerCase()
}

async function whole(head: AnswerHead, pieces: Pieces, { maxResponseBytes }: ChatRouteParts['limits']) {
  const answer: Piece[] = []
  let finish: Finish | undefined
  let bytes = 0
  for await (const piece of pieces) {
    if (piece.kind === 'finish') finish = piece
    else answer.push(piece)
    bytes += Buffer.byteLength(JSON.stringify(piece))
    if (bytes > maxResponseBytes) throw tooLarge(bytes, maxResponseBytes)
  }
  return { body: completionOf(head, answer, finish ?? endless()) }
}

/** What goes wrong before the first piece has a status of its own, unless that takes so long that silence would end it. */
async function streamed(
  head: AnswerHead,
  pieces: Pieces,
  includeUsage: boolean,
  { failLate, context }: Call,
): Promise<Answer> {
  const first = pieces.next()
  await withinBeat(first)
  const told = (error: AppError) => openAiDialect.bodyOf(error, context.requestId)
  const body = eventStream(chunksOf(head, first, pieces, includeUsage), {
    failed: (cause) => told(failLate(cause)),
    stalled: () => failLate(stalled()),
  })
  return { body, headers: EVENT_HEADERS }
}

async function* chunksOf(
  head: AnswerHead,
  first: Promise<IteratorResult<Piece | Finish, void>>,
  pieces: Pieces,
  includeUsage: boolean,
): AsyncGenerator<object, void, void> {
  try {
    yield firstChunk(head)
    for (let next = await first; ; next = await pieces.next()) {
      const piece = next.done ? endless() : next.value
      if (piece.kind === 'finish') return yield* lastChunks(head, piece, includeUsage)
      yield pieceChunk(head, piece)
    }
  } finally {
    await pieces.return()
  }
}

function endless(): never {
  throw new AppError('inference_failed', 'The model ended its answer without saying why; ask again.')
}

function tooLarge(bytes: number, maxResponseBytes: number): AppError {
  return new AppError(
    'payload_too_large',
    `The answer has more than ${bytes} bytes; expected at most ${maxResponseBytes}; ask for fewer max_tokens or top_logprobs, or set stream to true.`,
    { details: { field: 'max_tokens', maxResponseBytes } },
  )
}

function stalled(): AppError {
  return new AppError(
    'deadline_exceeded',
    'The caller has read nothing of its streamed answer for 30 s, and gets no more of it.',
  )
}
