import { atOnce } from '../../turns.ts'
import { addressesTheJudge } from './addressed.ts'

/** Where a quote begins and ends in the text that it is of. */
export type QuotePlace = readonly [start: number, end: number]

/** A text without what a copyist does not keep, and where each of its letters stands in the text itself. */
interface Folded {
  readonly text: string
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** One letter is in every text. */
const SAYS_SOMETHING = /[\p{L}\p{N}].*[\p{L}\p{N}]/su
const WORD_BEFORE = /[\p{L}\p{N}\p{M}]$/u
const WORD_BEHIND = /^[\p{L}\p{N}\p{M}]/u
/** Scripts that write no spaces between words, so that words may end anywhere. */
const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/**
 * Where the quotes of a text stand in it. Spaces and line breaks, and the forms of one letter (half and full width,
 * accents in one piece or two), count as equal; all else must be there, and as whole words: "Java" is no quote of
 * "JavaScript". A quote that speaks to who judges is none.
 *
 * @returns each place once, and how many quotes stand nowhere
 */
export function findQuotes(
  text: string,
  quotes: readonly string[],
): { readonly places: readonly QuotePlace[]; readonly dropped: number } {
  const folded = fold(text)
  const places = new Map<string, QuotePlace>()
  let dropped = 0
  for (const quote of quotes) {
    const place = placeOf(fold(quote.trim()).text, folded)
    if (place && !atOnce(addressesTheJudge(text.slice(...place)))) places.set(place.join(), place)
    else dropped += 1
  }
  return { places: [...places.values()], dropped }
}

function placeOf(quote: string, { text, starts, ends }: Folded): QuotePlace | undefined {
  if (!SAYS_SOMETHING.test(quote)) return undefined
  for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) {
    const end = at + quote.length
    if (!splitsWord(text, at) && !splitsWord(text, end)) return [starts[at]!, ends[end - 1]!]
  }
  return undefined
}

/** Whether a word goes on over a place; two units have a whole letter in them, wherever it is cut. */
function splitsWord(text: string, at: number): boolean {
  const [before, behind] = [text.slice(Math.max(0, at - 2), at), text.slice(at, at + 2)]
  if (!WORD_BEFORE.test(before) || !WORD_BEHIND.test(behind)) return false
  return ![Array.from(before).at(-1)!, Array.from(behind)[0]!].some((letter) => SPACELESS.test(letter))
}

function fold(text: string): Folded {
  const units: string[] = []
  const starts: number[] = []
  const ends: number[] = []
  let at = 0
  for (const letter of text) {
    const end = at + letter.length
    const plain = /\s/.test(letter) ? ' ' : letter.normalize('NFKD')
    if (plain !== ' ' || units.at(-1) !== ' ') {
      for (const unit of plain.split('')) {
        units.push(unit)
        starts.push(at)
        ends.push(end)
      }
    }
    at = end
  }
  return { text: units.join(''), starts, ends }
}
