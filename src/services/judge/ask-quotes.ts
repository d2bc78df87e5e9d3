import { type Context, outOfTime } from '../../context.ts'
import type { GenerateOptions, Generator } from '../../models/generate/generator.ts'
import type { Message } from '../../models/generate/prompt.ts'
import { isRefusal, objectIn } from './answers.ts'

/** Beyond, a list is no reason but the resume again. */
const MOST_QUOTES = 3
/** Three sentences of forty words. */
const QUOTE_TOKENS = 300
/** A bound on the list ends it for a model that finds no end. */
const SCHEMA = {
  type: 'object',
  properties: { quotes: { type: 'array', items: { type: 'string' }, maxItems: MOST_QUOTES } },
  required: ['quotes'],
  additionalProperties: false,
}

/**
 * What a model gives as quotes, for one conversation after the other; undefined where its answer is no list.
 *
 * The answer is held to a schema; where a server does not take one, it is asked once more without, and so for the rest.
 *
 * @throws AppError as the model does, `deadline_exceeded` also in the middle of an answer
 */
export async function* askQuotes(
  model: Pick<Generator, 'generate'>,
  conversations: readonly (readonly Message[])[],
  context: Context,
): AsyncGenerator<readonly string[] | undefined> {
  let schema: GenerateOptions['schema'] = SCHEMA
  for (const messages of conversations) {
    let text: string
    try {
      text = await answerOf(model, messages, schema, context)
    } catch (error) {
      if (schema === undefined || !isRefusal(error)) throw error
      schema = undefined
      text = await answerOf(model, messages, schema, context)
    }
    yield quotesIn(text)
  }
}

async function answerOf(
  model: Pick<Generator, 'generate'>,
  messages: readonly Message[],
  schema: GenerateOptions['schema'],
  context: Context,
): Promise<string> {
  const options = { maxTokens: QUOTE_TOKENS, temperature: 0, ...(schema && { schema }) }
  let text = ''
  for await (const part of model.generate(messages, options, context)) {
    if (part.kind === 'text') text += part.text
    else if (part.reason === 'deadline') throw outOfTime(context)
  }
  return text
}

/** Some think aloud first, or put their answer in a fence. */
function quotesIn(answer: string): readonly string[] | undefined {
  const quotes = objectIn(answer.slice(answer.lastIndexOf('</think>') + 1))?.quotes
  if (!Array.isArray(quotes)) return undefined
  const texts = quotes.filter((quote): quote is string => typeof quote === 'string' && quote.trim() !== '')
  return texts.slice(0, MOST_QUOTES)
}
