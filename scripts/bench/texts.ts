import { createRandom } from '../../src/learning/random.ts'

const FEWEST_WORDS = 4
const MOST_WORDS = 400

/** Lower-case words of a WordPiece vocabulary that are one token each, in the vocabulary's order. */
export function wordsOf(tokenizerJson: string): string[] {
  const vocabulary: Record<string, number> = JSON.parse(tokenizerJson).model.vocab
  return Object.keys(vocabulary).filter((piece) => /^[a-z]{2,}$/.test(piece))
}

/**
 * Texts of log-uniform length, 4 to 400 words: mostly words of the vocabulary, the first ones most often (Zipf),
 * some capitalized, some followed by punctuation, one in 25 made of two and thus split into pieces.
 */
export function mixedTexts(words: readonly string[], count: number, seed = 1): string[] {
  const random = createRandom(seed).next
  const word = () => words[Math.floor(words.length ** random()) - 1]!
  const written = () => {
    const plain = random() < 0.04 ? word() + word() : word()
    const cased = random() < 0.1 ? plain[0]!.toUpperCase() + plain.slice(1) : plain
    return random() < 0.08 ? `${cased}${random() < 0.5 ? ',' : '.'}` : cased
  }
  return Array.from({ length: count }, () => {
    const length = Math.round(FEWEST_WORDS * (MOST_WORDS / FEWEST_WORDS) ** random())
    return Array.from({ length }, written).join(' ')
  })
}

/** A text of `tokens` tokens, [CLS] and [SEP] included. */
export function textOfTokens(words: readonly string[], tokens: number, seed = 2): string {
  const random = createRandom(seed).next
  return Array.from({ length: tokens - 2 }, () => words[Math.floor(random() * words.length)]!).join(' ')
}
