import { createHash } from 'node:crypto'

/** Texts to learn from, each once. */
export interface SampledTexts {
  /** In an order that depends on the texts alone: the same texts in any order of rows give the same list. */
  readonly texts: readonly string[]
  /** How many texts were given. */
  readonly read: number
  /** Texts without a letter or a digit. */
  readonly blank: number
  /** Texts that were kept already, but for case, width and white space. */
  readonly repeated: number
  /** Distinct texts that were left out because there are more than wanted; a repetition of one counts again. */
  readonly beyond: number
  /** SHA-256 of the list, 64 hex digits. */
  readonly sha256: string
}

/** Collects texts, and keeps no more of them than wanted. */
interface TextSample {
  add(text: string): void
  finish(): SampledTexts
}

interface Kept {
  readonly text: string
  readonly rank: number
}

/** Texts that are kept beyond the wanted number before the list is cut again. */
const SLACK = 2

/**
 * Draws `most` texts of any number by the smallest hashes of what they say (bottom-k sampling): no order of the rows and
 * no seed matters, and memory holds twice as many texts at most.
 */
export function createTextSample(most: number): TextSample {
  const kept = new Map<string, Kept>()
  const counts = { read: 0, blank: 0, repeated: 0, beyond: 0 }
  let limit = Number.POSITIVE_INFINITY
  const cut = () => {
    if (kept.size <= most) return
    const sorted = [...kept].sort(([, one], [, other]) => one.rank - other.rank)
    for (const [key] of sorted.slice(most)) kept.delete(key)
    counts.beyond += sorted.length - most
    limit = sorted[most - 1]![1].rank
  }
  return {
    add(text) {
      counts.read += 1
      const key = text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim()
      const known = kept.get(key)
      if (!/[\p{L}\p{N}]/u.test(key)) counts.blank += 1
      else if (known) {
        counts.repeated += 1
        if (text < known.text) kept.set(key, { ...known, text })
      } else {
        const rank = rankOf(key)
        if (rank > limit) counts.beyond += 1
        else kept.set(key, { text, rank })
        if (kept.size >= SLACK * most) cut()
      }
    },
    finish() {
      cut()
      const texts = [...kept.values()].sort((one, other) => one.rank - other.rank).map(({ text }) => text)
      const hash = createHash('sha256')
      for (const text of texts) hash.update(JSON.stringify(text)).update('\n')
      return { texts, ...counts, sha256: hash.digest('hex') }
    },
  }
}

/** 48 bits of the text's hash: among a million texts two are alike by a chance of 1 in 560. */
function rankOf(key: string): number {
  return createHash('sha256').update(key).digest().readUIntBE(0, 6)
}
