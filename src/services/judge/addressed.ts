import { type Context, throwIfDone } from '../../context.ts'
import { type Span, splitSentences } from '../../formats/sentences.ts'
import { createTurns, inTurns } from '../../turns.ts'
import { CHINESE, ENGLISH } from './addressing-patterns.ts'
import { otherReadings, unmask } from './disguises.ts'
import { OTHERS } from './other-languages.ts'
import { PERSUADING_CHINESE } from './persuading-chinese.ts'
import { PERSUADING_ENGLISH } from './persuading-english.ts'
import { plainLetters } from './plain-letters.ts'

/** The flag of a document in which somebody spoke to the judge. */
const ADDRESSES_THE_JUDGE = 'addresses_the_judge'

/** A document as the judge reads it. */
interface ReadForJudge {
  /** Without the sentences that address the judge; the rest as it was, then with `&amp;` read as `&`. */
  readonly text: string
  /** How many sentences were dropped. */
  readonly dropped: number
  /** {@link ADDRESSES_THE_JUDGE} when any was. */
  readonly flags: readonly string[]
}

/** Work that stops between short steps. */
type Steps<Result> = Generator<undefined, Result>

/** A full stop that Unicode's rules do not take for the end: nobody begins an order with a capital on purpose. */
const STOPS = /(?<=[.!?。！？]["'”’)]?)\s+/gu
/** Orders are short. What is longer is read in parts, each with half of the one before it. */
const WINDOW = 400

/** No judge reads more of a document: 8,192 tokens, of four characters each, and some that are dropped. */
const MOST_CHARACTERS = 40_000

/** Letters of which some look like Latin ones. */
const TWIN_SCRIPTS = /[\p{Script=Cyrillic}\p{Script=Greek}]/u
const PATTERNS = [...ENGLISH, ...PERSUADING_ENGLISH, ...OTHERS]
const HAN = /\p{Script=Han}/u
const HAN_PATTERNS = [...CHINESE, ...PERSUADING_CHINESE]

/** Whether a sentence speaks to who judges it rather than of its writer's work, in whichever disguise. */
export function* addressesTheJudge(sentence: string): Steps<boolean> {
  const unmasked = unmask(sentence)
  for (const reading of [unmasked, ...otherReadings(unmasked)]) {
    if (yield* addresses(plainLetters(reading))) return true
    if (TWIN_SCRIPTS.test(reading) && (yield* addresses(plainLetters(reading, true)))) return true
  }
  return false
}

function* addresses(plain: string): Steps<boolean> {
  for (let start = 0; start === 0 || start + WINDOW / 2 < plain.length; start += WINDOW / 2) {
    const part = plain.slice(start, start + WINDOW)
    const patterns = HAN.test(part) ? [...HAN_PATTERNS, ...PATTERNS] : PATTERNS
    if (patterns.some((pattern) => pattern.test(part))) return true
    yield
  }
  return false
}

/**
 * Drops what addresses the judge. Prompting alone is no defence: in a measurement every unfitting resume with such a
 * sentence rose above every honest one; with the sentence dropped the scores were those of the resume without it.
 *
 * A sentence is looked at alone and with the next one, since a line break in an order must not hide it. Takes time in
 * proportion to the text, some 10 ms for a page, and stops after every 400 characters; what no judge reads is cut off.
 */
export function* readForJudge(whole: string): Steps<ReadForJudge> {
  const written = whole.slice(0, MOST_CHARACTERS)
  const document = unmask(written)
  const spans = splitSentences(document).flatMap((span) => cutAtStops(document, span))
  const alone: boolean[] = []
  for (const { start, end } of spans) alone.push(yield* addressesTheJudge(document.slice(start, end)))
  /** Whether a sentence and the next one, neither of which speaks to the judge, do so together. */
  const joined: boolean[] = []
  for (const [place, one] of spans.entries()) {
    const next = spans[place + 1]
    const pair = next && !alone[place] && !alone[place + 1] ? joinedAt(document, one, next) : ''
    joined.push(pair !== '' && (yield* addressesTheJudge(pair)))
  }
  const dropped = alone.map((addresses, place) => addresses || joined[place - 1] === true || joined[place]!)
  const count = dropped.filter(Boolean).length
  if (count === 0) return { text: written, dropped: 0, flags: [] }
  return { text: without(document, spans, dropped), dropped: count, flags: [ADDRESSES_THE_JUDGE] }
}

/** Each document as {@link readForJudge} reads it, while others have their turn. */
export async function readAllForJudge(
  documents: readonly string[],
  context: Context,
): Promise<readonly ReadForJudge[]> {
  const turns = createTurns()
  const read: ReadForJudge[] = []
  for (const document of documents) {
    throwIfDone(context)
    read.push(await inTurns(readForJudge(document), turns))
  }
  return read
}

/** The end of a sentence and the beginning of the next one. */
function joinedAt(document: string, one: Span, next: Span): string {
  const [first, second] = [document.slice(one.start, one.end), document.slice(next.start, next.end)]
  return `${first.slice(-WINDOW / 2)} ${second.slice(0, WINDOW / 2)}`
}

function cutAtStops(text: string, { start, end }: Span): Span[] {
  const parts: Span[] = []
  let from = start
  for (const found of text.slice(start, end).matchAll(STOPS)) {
    parts.push({ start: from, end: start + found.index })
    from = start + found.index + found[0].length
  }
  return [...parts, { start: from, end }]
}

/** The text without some of its sentences and without the space or the semicolon behind each. */
function without(text: string, spans: readonly Span[], dropped: readonly boolean[]): string {
  let kept = ''
  let from = 0
  spans.forEach(({ start, end }, place) => {
    if (!dropped[place]) return
    kept += text.slice(from, start)
    from = end + (/^[\s;；]*/.exec(text.slice(end, end + WINDOW))?.[0].length ?? 0)
  })
  return (kept + text.slice(from)).trim()
}
