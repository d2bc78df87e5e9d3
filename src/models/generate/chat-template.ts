import { AppError, invalid } from '../../errors.ts'
import { joinPlain, type Message, type Segment, splitSpecial } from './prompt.ts'

/** A template of a model's own file. */
interface ChatTemplate {
  /** Jinja, as the file has it. */
  readonly source: string
  /** All special pieces of the vocabulary, and those that begin and end a text. */
  readonly special: readonly string[]
  readonly begin?: string
  readonly end?: string
  /** What else the template may be told, for instance `enable_thinking`. */
  readonly variables?: Readonly<Record<string, string | number | boolean>>
}

/** Code points that Unicode keeps for programs alone: U+FDD0 to U+FDEF. */
const MARKS = Array.from({ length: 32 }, (_, place) => String.fromCodePoint(0xfdd0 + place))

/**
 * A conversation as a model's own Jinja template writes it. Around each message stand two marks while the template
 * runs, which tell its text from the caller's: special pieces come of the template's alone.
 *
 * The engine (`@huggingface/jinja`, 52 kB in a bundle, 10 ms to import) is loaded with the first template.
 *
 * @throws AppError `invalid_request` where the template refuses the conversation, `artifact_corrupt` where it is no
 * Jinja or cannot be run
 */
export async function formatTemplate(
  messages: readonly Message[],
  template: ChatTemplate,
): Promise<Segment[]> {
  const render = await openTemplate(template)
  const marks = freeMarks([template.source, ...messages.map(({ content }) => content)])
  const whole = render(messages.map((message) => ({ ...message, content: enclose(message.content, marks) })))
  const parts = partsOf(whole, marks) ?? withPlaceholders(messages, marks, render)
  if (parts.every(({ own }) => own)) throw broken('it leaves the messages out')
  return joinPlain(
    parts.flatMap(({ text, own }) =>
      own ? splitSpecial(text, template.special) : [{ text, special: false }],
    ),
  )
}

/** Runs a template over messages. */
type Render = (messages: readonly Message[]) => string

async function openTemplate({ source, begin, end, variables }: ChatTemplate): Promise<Render> {
  const { Template } = await import('@huggingface/jinja')
  const compiled = attempt(() => new Template(source))
  return (messages) => {
    const said = { add_generation_prompt: true, bos_token: begin ?? '', eos_token: end ?? '', ...variables }
    try {
      return compiled.render({ ...said, messages: messages.map((message) => ({ ...message })) })
    } catch (cause) {
      throw refusalOf(reasonOf(cause), source)
    }
  }
}

/** What shows whether a template raised a sentence: its beginning stands in the template, since roles may follow. */
const BEGINNING = 16

/** The engine throws plain errors for its own faults and for what a template raises alike. */
function refusalOf(reason: string, source: string): AppError {
  if (!source.includes(reason.slice(0, BEGINNING))) return broken(reason)
  const quoted = JSON.stringify(reason)
  return invalid(
    'messages',
    `The model's chat template refuses these messages: ${quoted}; change their roles or order.`,
  )
}

function attempt<T>(compile: () => T): T {
  try {
    return compile()
  } catch (cause) {
    throw broken(reasonOf(cause))
  }
}

const reasonOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)).slice(0, 200)

function broken(reason: string): AppError {
  return new AppError(
    'artifact_corrupt',
    `The chat template in the model's file cannot be run: ${JSON.stringify(reason)}; name a chat format in the manifest, or take a file with a right template.`,
    { retryable: false },
  )
}

/** Two characters, or more, that stand nowhere in the texts. */
type Marks = readonly [open: string, close: string]

function freeMarks(texts: readonly string[]): Marks {
  const [open, close] = MARKS.filter((mark) => !texts.some((text) => text.includes(mark)))
  if (open !== undefined && close !== undefined) return [open, close]
  throw invalid(
    'messages',
    'The messages have nearly all of the characters U+FDD0 to U+FDEF, which are no text; remove them.',
  )
}

/** White space stays outside, where a template that trims its messages finds it. */
function enclose(content: string, [open, close]: Marks): string {
  const text = content.trim()
  if (text === '') return `${open}${content}${close}`
  const start = content.indexOf(text)
  return `${content.slice(0, start)}${open}${text}${close}${content.slice(start + text.length)}`
}

/** A part of a rendered conversation: the template's own, or a caller's. */
interface Part {
  readonly text: string
  readonly own: boolean
}

/** `undefined` when the template has cut a message, so that its marks are no pairs any more. */
function partsOf(rendered: string, [open, close]: Marks): Part[] | undefined {
  const parts: Part[] = []
  const [head, ...messages] = rendered.split(open)
  if (head!.includes(close)) return undefined
  parts.push({ text: head!, own: true })
  for (const message of messages) {
    const [text, behind, ...more] = message.split(close)
    if (behind === undefined || more.length > 0) return undefined
    parts.push({ text: text!, own: false }, { text: behind, own: true })
  }
  return parts
}

/** For templates that take a message apart (Qwen3 drops what was thought): each is put in whole. */
function withPlaceholders(messages: readonly Message[], marks: Marks, render: Render): Part[] {
  const [open, close] = marks
  const places = messages.map((message, place) => ({ ...message, content: `${open}${place}${close}` }))
  const parts = partsOf(render(places), marks)
  if (!parts) throw broken('it takes messages apart')
  return parts.map(({ text, own }) => ({ text: own ? text : (messages[Number(text)]?.content ?? ''), own }))
}
