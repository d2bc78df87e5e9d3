import { AppError } from '../../src/errors.ts'
import type { HttpParts } from '../../src/http/app.ts'
import { chatRoute } from '../../src/http/chat.ts'
import { LAMBDA_LIMITS } from '../../src/http/limits.ts'
import type { Generator } from '../../src/models/generate/generator.ts'
import { createChatService } from '../../src/services/chat/chat.ts'
import { createOpenGenerators } from '../../src/services/chat/open-generators.ts'
import { createTestApp } from './http.ts'

/** What is special about a chat app of a test. */
interface ChatAppOptions {
  /** Opens the model; fails where a test has it so. */
  readonly open: () => Promise<Generator>
  readonly timeoutMs?: number
  readonly maxResponseBytes?: number
  readonly parts?: Partial<HttpParts>
}

/** The route of chats over one language model, `fake-chat`, whose alias is `fake-old`. */
function chatRouteOver({ open, timeoutMs = 60_000, ...options }: ChatAppOptions) {
  const { maxResponseBytes } = { ...LAMBDA_LIMITS, ...options }
  const chat = createChatService({
    resolve(name) {
      if (['fake-chat', 'fake-old', 'owner/fake-chat'].includes(name))
        return { id: 'fake-chat', runtime: 'gguf' }
      throw new AppError('unknown_model', `The catalog has no language model "${name}".`, {
        details: { field: 'model' },
      })
    },
    generators: createOpenGenerators({ open, mostLocal: 1 }),
    timeoutMs,
  })
  return chatRoute({ chat, limits: { maxResponseBytes } })
}

/** The HTTP interface with {@link chatRouteOver}. */
export function createChatApp(options: ChatAppOptions) {
  return createTestApp({ ...options.parts, more: [chatRouteOver(options)] })
}

/** The data of the events of a whole stream. */
export async function eventsOf(response: Response): Promise<string[]> {
  const events = (await response.text()).split('\n\n')
  if (events.pop() !== '') throw new Error('The stream ends in the midst of an event.')
  return events.map((event) => {
    if (!event.startsWith('data: ')) throw new Error(`This is no data: ${event}`)
    return event.slice('data: '.length)
  })
}
