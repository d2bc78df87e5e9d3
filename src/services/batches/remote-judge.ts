import type { MessagePort } from 'node:worker_threads'
import { type Context, createContext } from '../../context.ts'
import { packError, unpackError } from '../../models/threads/worker-messages.ts'
import type { JudgeService } from '../judge/judge.ts'

type Judgements = Awaited<ReturnType<ReturnType<JudgeService['begin']>>>

/** The resumes of one job, to be judged in the other thread; or that nobody waits for them any more. */
type ToJudge =
  | {
      readonly kind: 'judge'
      readonly id: number
      readonly model: string
      readonly top: number
      readonly job: string
      readonly resumes: readonly string[]
      readonly requestId: string
      readonly deadline: number
    }
  | { readonly kind: 'abort'; readonly id: number }

type FromJudge =
  | { readonly kind: 'judged'; readonly id: number; readonly judgements: Judgements }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: ReturnType<typeof packError> }

interface Pending {
  resolve(judgements: Judgements): void
  reject(error: Error): void
}

/**
 * The judge that another thread serves at the other end of a port: its model is in memory once, for conversations too.
 *
 * @param planner plans in this thread, where nothing of a model is needed
 */
export function createRemoteJudge(
  port: MessagePort,
  planner: Pick<JudgeService, 'plan' | 'weight'>,
): JudgeService {
  const pending = new Map<number, Pending>()
  let lastId = 0
  const send = (message: ToJudge) => port.postMessage(message)
  port.on('message', (message: FromJudge) => {
    const call = pending.get(message.id)
    pending.delete(message.id)
    if (message.kind === 'judged') call?.resolve(message.judgements)
    else call?.reject(unpackError(message.failure))
  })
  return {
    weight: planner.weight,
    plan: planner.plan,
    begin({ manifest, top }, { requestId, deadline, signal }) {
      return async (job, resumes) => {
        const id = ++lastId
        const abort = () => send({ kind: 'abort', id })
        const answer = new Promise<Judgements>((resolve, reject) => pending.set(id, { resolve, reject }))
        send({ kind: 'judge', id, model: manifest.id, top, job, resumes, requestId, deadline })
        signal.addEventListener('abort', abort, { once: true })
        if (signal.aborted) abort()
        return answer.finally(() => signal.removeEventListener('abort', abort))
      }
    },
  }
}

/**
 * Serves a judge to another thread.
 *
 * @param open the judge, asked for with each question
 */
export function serveJudge(port: MessagePort, open: () => Promise<JudgeService>): void {
  const running = new Map<number, AbortController>()
  const answer = async (
    asked: ToJudge & { readonly kind: 'judge' },
    context: Context,
  ): Promise<FromJudge> => {
    const { id, model, top, job, resumes } = asked
    try {
      const judge = await open()
      const judgements = await judge.begin(judge.plan({ model, top }), context)(job, resumes)
      return { kind: 'judged', id, judgements }
    } catch (error) {
      return { kind: 'failure', id, failure: packError(error) }
    }
  }
  port.on('message', async (message: ToJudge) => {
    if (message.kind === 'abort') return running.get(message.id)?.abort()
    const { id, requestId, deadline } = message
    const controller = new AbortController()
    running.set(id, controller)
    const context = createContext({ requestId, deadline, signal: controller.signal })
    const answered = await answer(message, context)
    running.delete(id)
    port.postMessage(answered)
  })
}
