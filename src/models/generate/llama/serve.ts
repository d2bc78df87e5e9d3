import { type LoadedModel, loadModel } from './loaded-model.ts'
import type { FromLlama, ToLlama } from './messages.ts'
import { sendError } from './messages.ts'
import type { OpenLlama } from './runtime.ts'

/** The line to the server. */
interface Channel {
  send(message: FromLlama): void
  listen(receive: (message: ToLlama) => void): void
}

/**
 * Serves one model to the server that started this process: it is loaded with the first message, and answers one question
 * after another.
 */
export function serveLlama({ send, listen }: Channel, openLlama: OpenLlama): void {
  const asked = new Set<number>()
  const stopped = new Set<number>()
  let loading: Promise<LoadedModel> | undefined
  let last: Promise<void> = Promise.resolve()

  const load = async (message: ToLlama & { readonly kind: 'load' }) => {
    loading = loadModel(message.load, openLlama)
    try {
      send({ kind: 'ready', contextTokens: (await loading).contextTokens })
    } catch (error) {
      send({ kind: 'unready', error: sendError(error) })
    }
  }
  const answer = async ({ id, question }: ToLlama & { readonly kind: 'ask' }) => {
    try {
      const model = await loading
      if (!model) throw new Error('No model was loaded.')
      for await (const part of model.answer(question, () => stopped.has(id))) send({ kind: 'part', id, part })
      send({ kind: 'end', id })
    } catch (error) {
      send({ kind: 'end', id, error: sendError(error) })
    } finally {
      asked.delete(id)
      stopped.delete(id)
    }
  }
  listen((message) => {
    if (message.kind === 'load') load(message)
    else if (message.kind === 'ask') {
      asked.add(message.id)
      last = last.then(() => answer(message))
    } else if (asked.has(message.id)) stopped.add(message.id)
  })
}
