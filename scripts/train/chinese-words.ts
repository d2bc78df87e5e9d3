import type { TrainingData } from './training-data.ts'

/** A run of Chinese characters, rare and compatibility ones included. */
const HAN_RUN = /[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+/g
const HAN_WORD = /^[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+$/
const LONGEST_WORD = 6
/** Words of a title count as much as this many of a sentence. */
const TITLE_WEIGHT = 4
/** A word for an occupation comes in even if the training texts have it but rarely. */
const JOB_BONUS = 6
const LEAST_SCORE = 2

/**
 * Words worth a piece of their own, most useful first: by how often training texts have them when they are cut into
 * the longest words of the dictionary, and by whether they mean an occupation.
 */
export function chooseWords(data: TrainingData, most: number): string[] {
  const counts = countWords(data)
  const scored = [...data.glosses].flatMap(([word, glosses]) => {
    const score = (counts.get(word) ?? 0) + (glosses.some(({ job }) => job > 0) ? JOB_BONUS : 0)
    return isLongWord(word) && score >= LEAST_SCORE ? [{ word, score }] : []
  })
  scored.sort(
    (one, other) =>
      other.score - one.score || one.word.length - other.word.length || (one.word < other.word ? -1 : 1),
  )
  return scored.slice(0, most).map(({ word }) => word)
}

function isLongWord(word: string): boolean {
  return word.length >= 2 && word.length <= LONGEST_WORD && HAN_WORD.test(word)
}

function countWords({ glosses, csco, cscoTitles, chinese }: TrainingData): Map<string, number> {
  const words = new Set([...glosses.keys()].filter(isLongWord))
  const counts = new Map<string, number>()
  const count = (text: string, weight: number) => {
    for (const [run] of text.matchAll(HAN_RUN)) {
      for (const word of cutWords(run, words)) counts.set(word, (counts.get(word) ?? 0) + weight)
    }
  }
  for (const { name, titles, texts } of csco) {
    for (const title of [name, ...titles]) count(title, TITLE_WEIGHT)
    for (const text of texts) count(text, 1)
  }
  for (const { title } of cscoTitles) count(title, TITLE_WEIGHT)
  for (const { left, right } of chinese) for (const text of [left, right]) count(text, 1)
  return counts
}

/** The longest word at each place, from the left; single characters where there is none. */
function cutWords(run: string, words: ReadonlySet<string>): string[] {
  const parts: string[] = []
  for (let at = 0; at < run.length; ) {
    let length = Math.min(LONGEST_WORD, run.length - at)
    while (length > 1 && !words.has(run.slice(at, at + length))) length--
    parts.push(run.slice(at, at + length))
    at += length
  }
  return parts
}

/** A one-character entry of the dictionary decides more than a character within a longer one. */
const ENTRY_WEIGHT = 20

/**
 * The simplified character that each traditional one stands for most often in equally long words. Characters that
 * simplified words have, too, are left alone unless the dictionary maps them plainly.
 *
 * @param traditional words in traditional characters with their simplified forms
 * @param simplified words in simplified characters
 */
export function mapCharacters(
  traditional: ReadonlyMap<string, string>,
  simplified: Iterable<string>,
): Map<string, string> {
  const counts = new Map<string, Map<string, number>>()
  for (const [word, plain] of traditional) {
    const [from, to] = [Array.from(word), Array.from(plain)]
    from.slice(0, to.length).forEach((character, index) => {
      const known = counts.get(character) ?? new Map<string, number>()
      counts.set(character, known)
      known.set(to[index]!, (known.get(to[index]!) ?? 0) + 1 + (from.length === 1 ? ENTRY_WEIGHT : 0))
    })
  }
  const used = new Set(Array.from(simplified, (word) => Array.from(word)).flat())
  const map = new Map<string, string>()
  for (const [character, targets] of counts) {
    const [target, count] = [...targets].reduce((best, next) => (next[1] > best[1] ? next : best))
    if (target !== character && !(used.has(character) && count < ENTRY_WEIGHT)) map.set(character, target)
  }
  return map
}
