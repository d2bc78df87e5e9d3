import { createRandom } from '../../src/learning/random.ts'
import { SPECIAL_TOKENS, vocabularyOf, writeTokenizer } from '../train/vocabulary.ts'

const CONSONANTS = [...'bcdfghjklmnprstvwz']
const VOWELS = [...'aeiou']

/**
 * A tokenizer.json of bert-base-uncased's form and size: special tokens, letters and signs, and made-up words and
 * word endings of one to four syllables.
 */
export function wordPieceTokenizer(size: number): string {
  const random = createRandom(3).next
  const pick = (letters: readonly string[]) => letters[Math.floor(random() * letters.length)]!
  const syllable = () => pick(CONSONANTS) + pick(VOWELS) + (random() < 0.4 ? pick(CONSONANTS) : '')
  const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789']
  const pieces = new Set<string>([
    ...SPECIAL_TOKENS,
    ...'.,:;!?-\'"()',
    ...letters,
    ...letters.map((letter) => `##${letter}`),
  ])
  while (pieces.size < size) {
    const word = Array.from({ length: 1 + Math.floor(random() * 4) }, syllable).join('')
    pieces.add(random() < 0.2 ? `##${word}` : word)
  }
  return writeTokenizer(vocabularyOf([...pieces]))
}
