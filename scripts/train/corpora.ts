import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TrainingData } from './training-data.ts'
import type { WordPieceTokenizer } from './vocabulary.ts'

/** English texts whose vectors teachers are asked for, each list without repeats. */
export interface Corpora {
  readonly sentences: readonly string[]
  readonly escoTitles: readonly string[]
  readonly onetTitles: readonly string[]
  /** Whole words of the English vocabulary. */
  readonly words: readonly string[]
  /** What Chinese words for occupations mean. */
  readonly glosses: readonly string[]
}

const WHOLE_WORD = /^[a-z0-9]{2,}$/

/** The lists of a data folder; held-out occupations and test sets are in none of them. */
export function readCorpora(folder: string, { english, esco, onet, glosses }: TrainingData): Corpora {
  const file = readFileSync(join(folder, 'bert.tokenizer.json'), 'utf8')
  const { vocab } = (JSON.parse(file) as WordPieceTokenizer).model
  return {
    sentences: distinct(english.flatMap(({ left, right }) => [left, right])),
    escoTitles: distinct(esco.flatMap(({ name, titles }) => [name, ...titles])),
    // Half of the 41,000: as much is learned from them, in half of the teachers' time.
    onetTitles: distinct(onet.flatMap(({ titles }) => titles)).filter((_, index) => index % 2 === 0),
    words: Object.keys(vocab).filter((piece) => WHOLE_WORD.test(piece)),
    glosses: distinct(
      [...glosses.values()].flatMap((list) => list.flatMap(({ text, job }) => (job > 0 ? [text] : []))),
    ),
  }
}

/** The texts, each at its first place. */
function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
