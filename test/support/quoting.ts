import type { GenerateOptions, Generator } from '../../src/models/generate/generator.ts'
import type { Message } from '../../src/models/generate/prompt.ts'
import { fakeJudge } from './judge.ts'

/** What a model is asked for quotes with. */
interface AskedForQuotes {
  readonly messages: readonly Message[]
  readonly options: GenerateOptions
}

/** The resume in a conversation. */
const resumeIn = (messages: readonly Message[]): string =>
  /<Document>: (.*)$/s.exec(messages.at(-1)!.content)![1]!

/**
 * A judge that quotes as it is told to.
 *
 * @param answer to one conversation; a list is answered as the schema has it, a text as it is
 */
export function quotingJudge(
  answer: (resume: string, asked: AskedForQuotes) => readonly string[] | string,
  chances: Parameters<typeof fakeJudge>[0] = () => [0.6, 0.2],
  more: Partial<Generator> = {},
) {
  const conversations: AskedForQuotes[] = []
  const fake = fakeJudge(chances, {
    async *generate(messages, options) {
      conversations.push({ messages, options })
      const given = answer(resumeIn(messages), { messages, options })
      const text = typeof given === 'string' ? given : JSON.stringify({ quotes: given })
      for (const piece of text.match(/.{1,7}/gsu) ?? []) yield { kind: 'text', text: piece }
      yield { kind: 'finish', reason: 'stop' }
    },
    ...more,
  })
  return { ...fake, conversations }
}
