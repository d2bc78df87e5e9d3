import { AppError } from '../../../errors.ts'
import type { ChatManifest } from '../../catalog/generator-manifest.ts'
import type { GgufDescription } from '../../gguf/describe.ts'
import { formatTemplate } from '../chat-template.ts'
import { joinPlain, type Message, type Segment, splitSpecial } from '../prompt.ts'
import { formatTurns } from '../turns.ts'
import type { LlamaRuntime } from './runtime.ts'

/** Tokenizes as the model was trained. */
type Tokenizer = Pick<LlamaRuntime, 'tokenize' | 'begin'>

/**
 * A conversation as segments, in the format of the manifest.
 *
 * @throws AppError `invalid_request` for messages that the format has no place for, `artifact_corrupt` for a file without
 * the template that the manifest expects
 */
export async function segmentsOf(
  messages: readonly Message[],
  chat: ChatManifest,
  described: Pick<GgufDescription, 'vocabulary' | 'chatTemplate'>,
): Promise<Segment[]> {
  const segments = await formatted(messages, chat, described)
  const start = splitSpecial(chat.answerStart ?? '', described.vocabulary.special)
  return joinPlain([...segments, ...start])
}

async function formatted(
  messages: readonly Message[],
  { format, variables }: ChatManifest,
  { vocabulary, chatTemplate }: Pick<GgufDescription, 'vocabulary' | 'chatTemplate'>,
): Promise<Segment[]> {
  if (format !== 'template') return formatTurns(messages, format)
  if (chatTemplate === undefined) {
    throw new AppError(
      'artifact_corrupt',
      'The file of the model has no chat template, which its manifest expects; name a chat format in the manifest.',
      { retryable: false },
    )
  }
  const { special, begin, end } = vocabulary
  return formatTemplate(messages, {
    source: chatTemplate,
    special,
    ...(begin !== undefined && { begin }),
    ...(end !== undefined && { end }),
    ...(variables && { variables }),
  })
}

/**
 * The tokens of segments: text is tokenized so that no special piece comes of it, whatever a caller wrote.
 *
 * @throws AppError `artifact_corrupt` where a special piece of the format is none of the vocabulary's
 */
export function tokensOf(segments: readonly Segment[], { tokenize, begin }: Tokenizer): number[] {
  const tokens = segments.flatMap(({ text, special }) => {
    const own = tokenize(text, special)
    if (!special || own.length === 1) return own
    throw new AppError(
      'artifact_corrupt',
      `The vocabulary of the model lacks the piece ${JSON.stringify(text)} of its chat format; name another format in its manifest.`,
      { retryable: false },
    )
  })
  return begin === undefined || tokens[0] === begin ? tokens : [begin, ...tokens]
}

/** A text cut to so many tokens, and whether it was longer. */
export function cutText(
  text: string,
  most: number,
  { tokenize, textOf }: Pick<LlamaRuntime, 'tokenize' | 'textOf'>,
): { readonly text: string; readonly cut: boolean } {
  const tokens = tokenize(text, false)
  if (tokens.length <= most) return { text, cut: false }
  return { text: textOf(tokens.slice(0, most), []).replace(/\uFFFD+$/, ''), cut: true }
}

/**
 * The token of each choice as the model would begin to say it.
 *
 * @throws AppError `unsupported_task` where two choices begin alike
 */
export function choiceTokens(
  choices: readonly string[],
  { tokenize }: Pick<LlamaRuntime, 'tokenize'>,
): number[][] {
  const tokens = choices.map((choice) => {
    const spellings = [choice, choice[0]!.toUpperCase() + choice.slice(1)].flatMap((word) => [
      word,
      ` ${word}`,
    ])
    const single = spellings.map((word) => tokenize(word, false)).filter(({ length }) => length === 1)
    const first = single.length > 0 ? single : [tokenize(choice, false)]
    return [...new Set(first.map(([token]) => token!))]
  })
  const all = tokens.flat()
  if (new Set(all).size === all.length) return tokens
  throw new AppError(
    'unsupported_task',
    `This model begins the answers ${choices.join(' and ')} with the same token, so it cannot choose among them; take another model.`,
  )
}

/** @throws AppError `input_too_long` for a prompt that leaves no room for an answer */
export function refuseLong(tokens: number, contextTokens: number): void {
  if (tokens < contextTokens) return
  throw new AppError(
    'input_too_long',
    `The messages have ${tokens} tokens; this model has room for ${contextTokens} with its answer. Shorten them, or raise LLM_CONTEXT.`,
    { details: { field: 'messages', tokens, contextTokens } },
  )
}
