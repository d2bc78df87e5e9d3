import type { MessagePort } from 'node:worker_threads'
import { type Context, createContext } from '../../context.ts'
import { packError, unpackError } from '../../models/threads/worker-messages.ts'
import type { JudgePlan, JudgeService } from '../judge/judge.ts'

type Judgements = Awaited<ReturnType<ReturnType<JudgeService['begin']>>>
type Quotings = Awaited<ReturnType<JudgeService['quote']>>

/** The resumes of one job, to be judged or quoted in the other thread. */
type Question =
  | { readonly kind: 'judge'; readonly job: string; readonly resumes: readonly string[] }
  | { readonly kind: 'quote'; readonly request: Parameters<JudgeService['quote']>[1] }

/** A question with who is to answer it and until when; or that nobody waits for the answer any more. */
type ToJudge =
  | (Question & {
      readonly id: number
      readonly model: string
      readonly top: number
      readonly requestId: string
      readonly deadline: number
    })
  | { readonly kind: 'abort'; readonly id: number }

type FromJudge =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Judgements | Quotings }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: ReturnType<typeof packError> }

interface Pending {
  resolve(answer: Judgements | Quotings): void
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
    if (message.kind === 'answer') call?.resolve(message.answer)
    else call?.reject(unpackError(message.failure))
  })
  const ask = (
    question: Question,
    { manifest, top }: JudgePlan,
    { requestId, deadline, signal }: Context,
  ): Promise<Judgements | Quotings> => {
    const id = ++lastId
    const abort = () => send({ kind: 'abort', id })
    const answer = new Promise<Judgements | Quotings>((resolve, reject) =>
      pending.set(id, { resolve, reject }),
    )
    send({ ...question, id, model: manifest.id, top, requestId, deadline })
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    return answer.finally(() => signal.removeEventListener('abort', abort))
  }
  return {
    weight: planner.weight,
    plan: planner.plan,
    begin: (plan, context) => async (job, resumes) =>
      (await ask({ kind: 'judge', job, resumes }, plan, context)) as Judgements,
    quote: async (plan, request, context) =>
      (await ask({ kind: 'quote', request }, plan, context)) as Quotings,
  }
}

/**
 * Serves a judge to another thread.
 *
 * @param open the judge, asked for with each question
 */
export function serveJudge(port: MessagePort, open: () => Promise<JudgeService>): void {
  const running = new Map<number, AbortController>()
  const answerTo = async (
    asked: Exclude<ToJudge, { readonly kind: 'abort' }>,
    context: Context,
  ): Promise<FromJudge> => {
    const { id, model, top } = asked
    try {
      const judge = await open()
      const plan = judge.plan({ model, top })
      const answer =
        asked.kind === 'judge'
          ? await judge.begin(plan, context)(asked.job, asked.resumes)
          : await judge.quote(plan, asked.request, context)
      return { kind: 'answer', id, answer }
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
    const answered = await answerTo(message, context)
    running.delete(id)
    port.postMessage(answered)
  })
}
