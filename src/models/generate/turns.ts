import { invalid } from '../../errors.ts'
import type { ChatFormatName } from '../catalog/generator-manifest.ts'
import { CHAT_FORMATS, type TurnFormat } from './chat-formats.ts'
import { joinPlain, type Message, type Segment, splitSpecial } from './prompt.ts'

/**
 * A conversation in one of the formats, ready for the model to answer.
 *
 * @throws AppError `invalid_request` that names the message which the format has no place for
 */
export function formatTurns(messages: readonly Message[], name: ChatFormatName): Segment[] {
  const format: TurnFormat = CHAT_FORMATS[name]
  refuseOrder(messages)
  const turns = withSystem(messages, format)
  if (format.alternates) refuseRepeats(turns)
  const fixed = (text: string) => splitSpecial(text, format.special)
  let round = 0
  const segments = turns.flatMap(({ role, content }, place) => {
    if (role === 'user') round += 1
    const [before, after] = format.turns[role]
    const text = format.trims ? content.trim() : content
    return [
      ...fixed(place > 0 ? format.between : ''),
      ...fixed(before.replace('{round}', String(round))),
      { text, special: false },
      ...fixed(after),
    ]
  })
  return joinPlain([...fixed(format.begin), ...segments, ...fixed(format.answer)])
}

/** What every format asks: a system message first or nowhere, and a question at the end. */
function refuseOrder(messages: readonly Message[]): void {
  if (messages.at(-1)?.role !== 'user') {
    throw invalid(
      'messages',
      'The last of messages is not of the role user; end with what is to be answered.',
    )
  }
  const late = messages.findIndex(({ role }, place) => role === 'system' && place > 0)
  if (late < 0) return
  throw invalid(
    `messages[${late}].role`,
    `The field messages[${late}].role is system; expected that role first alone.`,
  )
}

function withSystem(messages: readonly Message[], format: TurnFormat): readonly Message[] {
  const [first, second, ...rest] = messages
  if (first?.role !== 'system' || format.system === 'turn') return messages
  if (format.system === 'refused') {
    throw invalid(
      'messages[0].role',
      'The field messages[0].role is system, and this model was made to chat without instructions; remove that message or choose another model.',
    )
  }
  if (second?.role !== 'user') {
    throw invalid(
      'messages[1].role',
      'The field messages[1].role is assistant; expected user after the system message.',
    )
  }
  return [{ role: 'user', content: `${first.content}${format.systemJoint ?? ''}${second.content}` }, ...rest]
}

function refuseRepeats(turns: readonly Message[]): void {
  const wrong = turns.findIndex(({ role }, place) => role !== (place % 2 === 0 ? 'user' : 'assistant'))
  if (wrong < 0) return
  throw invalid(
    'messages',
    'The messages do not alternate between user and assistant, beginning with user, as this model needs them; join neighbours of one role.',
  )
}
