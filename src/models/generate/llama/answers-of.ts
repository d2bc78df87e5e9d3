import { type Context, linkContext, outOfTime } from '../../../context.ts'
import { createInbox } from './inbox.ts'
import type { RunningLlama } from './llama-process.ts'
import { type FromLlama, type Part, type Question, receiveError } from './messages.ts'

/** A question and what belongs to it. */
interface Asking {
  readonly id: number
  readonly question: Question
  readonly context: Context
  /** Called once, when the process has done with the question. */
  readonly leave: () => void
  /** For tests: how long a process may go on behind the end of the time. */
  readonly graceMs?: number | undefined
}

/** A chunk of a prompt takes a second at most; a process that goes on for longer is stuck, and ended. */
const GRACE_MS = 15_000

/**
 * Asks a process a question; the parts of the answer as they come. The caller has its end at once when the time is up,
 * while the process finishes what it is at, before which nobody else's turn comes.
 *
 * @throws AppError `deadline_exceeded` when the time was up before the first text, or in whatever has no text; what the
 * process failed with
 */
export async function* answersOf(running: RunningLlama, asking: Asking): AsyncGenerator<Part> {
  const { id, question, context, leave, graceMs = GRACE_MS } = asking
  const inbox = createInbox<Part>()
  const linked = linkContext(context)
  const { signal } = linked.context
  let timer: NodeJS.Timeout | undefined
  let over = false
  const finish = (error?: Error) => {
    over = true
    quiet()
    clearTimeout(timer)
    leave()
    inbox.end(error)
  }
  const receive = (message: FromLlama) => {
    if (message.kind === 'part' && message.id === id) inbox.push(message.part)
    if (message.kind === 'end' && message.id === id) finish(message.error && receiveError(message.error))
  }
  const quiet = running.hear({ message: receive, ended: finish })
  const stop = () => {
    running.send({ kind: 'stop', id })
    timer ??= setTimeout(running.kill, graceMs)
    inbox.end(outOfTime(context))
  }
  running.send({ kind: 'ask', id, question })
  try {
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    yield* untilTimeIsUp(inbox.items(), signal, context)
  } finally {
    if (!over) stop()
    signal.removeEventListener('abort', stop)
    linked.unlink()
  }
}

/** In the middle of a text the deadline ends it; a caller who has gone gets nothing more. */
async function* untilTimeIsUp(
  parts: AsyncIterable<Part>,
  signal: AbortSignal,
  context: Context,
): AsyncGenerator<Part> {
  let began = false
  try {
    for await (const part of parts) {
      began ||= part.kind === 'text'
      if (part.kind !== 'finish' || part.reason !== 'deadline') yield part
    }
  } catch (error) {
    // A context's own signal may abort at the deadline, too.
    const hasLeft = context.signal.aborted && Date.now() < context.deadline
    if (!began || !signal.aborted || hasLeft) throw signal.aborted ? outOfTime(context) : error
    yield { kind: 'finish', reason: 'deadline' }
  }
}
