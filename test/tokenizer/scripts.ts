/** Ten scripts besides Latin punctuation: a range of letters each, and how its sentences are written. */
export const SCRIPTS: readonly { readonly name: string; readonly letters: string; readonly gap: string }[] = [
  { name: 'Latin', letters: `${range(0x61, 0x7a)}éèüñçßøåœ`, gap: ' ' },
  { name: 'Han', letters: range(0x4e00, 0x4fff), gap: '' },
  { name: 'Cyrillic', letters: range(0x430, 0x44f), gap: ' ' },
  { name: 'Arabic', letters: range(0x627, 0x64a), gap: ' ' },
  { name: 'Devanagari', letters: range(0x905, 0x94d), gap: ' ' },
  { name: 'Hangul', letters: range(0xac00, 0xadff), gap: ' ' },
  { name: 'Kana', letters: range(0x3041, 0x30f6), gap: '' },
  { name: 'Thai', letters: range(0xe01, 0xe3a), gap: '' },
  { name: 'Greek', letters: `${range(0x3b1, 0x3c9)}άέήίόύώ`, gap: ' ' },
  { name: 'Hebrew', letters: range(0x5d0, 0x5ea), gap: ' ' },
]

function range(first: number, last: number): string {
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCharCode(first + index)).join('')
}

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** `count` sentences in each script, of words made from `wordsOf(script)` or of its letters. */
export function sentencesIn(
  script: (typeof SCRIPTS)[number],
  words: readonly string[],
  count: number,
  random: () => number,
): string[] {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!
  const letters = [...script.letters]
  const word = () =>
    random() < 0.7 && words.length > 0
      ? pick(words)
      : Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(letters)).join('')
  return Array.from({ length: count }, () => {
    const length = 3 + Math.floor(random() * 15)
    const text = Array.from({ length }, word).join(script.gap)
    const number = random() < 0.2 ? `${script.gap}${Math.floor(random() * 10_000)}` : ''
    return `${text}${number}${pick(['.', '!', '?', '。', '…', ''])}`
  })
}
