import { useRef, useState } from 'preact/hooks'
import { type ChatTurn, createChatReader } from '../../chat-stream.ts'
import { ApiFailure, call } from '../frame/client.tsx'
import { useWords } from '../frame/language.tsx'

/** Tokens of an answer: half a page, which the smallest machine writes within the patience of a reader. */
const MOST_TOKENS = 400

/** How an answer ended, where it did not end by itself. */
type End = 'length' | 'stopped'

/** A conversation with a model, and what is wrong with it. */
export function useChat() {
  const words = useWords()
  const [turns, setTurns] = useState<readonly ChatTurn[]>([])
  const [working, setWorking] = useState(false)
  const [end, setEnd] = useState<End>()
  const [problem, setProblem] = useState<string>()
  const controller = useRef<AbortController>(null)

  const send = async (model: string, question: string) => {
    const asked: ChatTurn[] = [...turns, { role: 'user', content: question }]
    let answer = ''
    let isWhole = false
    const show = () => setTurns(answer === '' ? asked : [...asked, { role: 'assistant', content: answer }])
    const abort = new AbortController()
    controller.current = abort
    setProblem(undefined)
    setEnd(undefined)
    setWorking(true)
    show()
    try {
      for await (const { text, reason, failure } of answerOf(model, asked, abort.signal)) {
        answer += text
        show()
        if (reason === 'length') setEnd('length')
        if (failure !== undefined) setProblem(failure)
        isWhole ||= reason !== undefined || failure !== undefined
      }
      // A proxy may end an answer without a word.
      if (!isWhole) setProblem(words.unreachable)
    } catch (cause) {
      if (abort.signal.aborted) setEnd('stopped')
      else setProblem(cause instanceof ApiFailure && cause.message ? cause.message : words.unreachable)
    } finally {
      // A question without an answer would be no conversation that the model takes next time.
      if (answer === '') setTurns(turns)
      setWorking(false)
    }
    return answer !== ''
  }
  const clear = () => {
    setTurns([])
    setEnd(undefined)
    setProblem(undefined)
  }
  return { turns, working, end, problem, send, stop: () => controller.current?.abort(), clear }
}

async function* answerOf(model: string, messages: readonly ChatTurn[], signal: AbortSignal) {
  const response = await call('v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages, stream: true, max_tokens: MOST_TOKENS }),
    signal,
  })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  const read = createChatReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield read(next.value)
}
