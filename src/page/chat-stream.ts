import { isRecord } from '../is-record.ts'

/** One message of a conversation, as the API takes it. */
export interface ChatTurn {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

/** What the events of a streamed answer say. */
export interface ChatNews {
  readonly text: string
  /** Why the answer ended, where it did. */
  readonly reason?: 'stop' | 'length'
  /** What went wrong in its midst, in the API's own sentence. */
  readonly failure?: string
}

/**
 * A reader of a streamed answer, which is given the text as it comes, cut anywhere, and gives what is new.
 *
 * @returns what all events that are whole by now say together
 */
export function createChatReader(): (text: string) => ChatNews {
  let rest = ''
  return (more) => {
    const events = (rest + more).split('\n\n')
    rest = events.pop()!
    const news = events.map(newsOf)
    return Object.assign({}, ...news, { text: news.map(({ text }) => text).join('') })
  }
}

function newsOf(event: string): ChatNews {
  const data = event.replace(/^data: /, '')
  if (data === '[DONE]') return { text: '' }
  const parsed: unknown = JSON.parse(data)
  if (!isRecord(parsed)) return { text: '' }
  if (isRecord(parsed.error)) return { text: '', failure: String(parsed.error.message) }
  const [choice] = Array.isArray(parsed.choices) ? parsed.choices : []
  if (!isRecord(choice)) return { text: '' }
  const { delta, finish_reason: reason } = choice
  const text = isRecord(delta) && typeof delta.content === 'string' ? delta.content : ''
  return reason === 'stop' || reason === 'length' ? { text, reason } : { text }
}
