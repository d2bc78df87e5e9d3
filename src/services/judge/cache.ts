import { createHash } from 'node:crypto'

/** What a verdict depends on, all of it. */
interface VerdictKey {
  /** Id and revision. */
  readonly model: string
  readonly promptVersion: string
  readonly textTokens: number
  readonly job: string
  readonly resume: string
}

/** Verdicts by what they depend on; neither jobs nor resumes are kept. */
interface VerdictCache {
  get(key: VerdictKey): number | undefined
  set(key: VerdictKey, score: number): void
}

/** @param most verdicts that are kept, the least lately used of which go first */
export function createVerdictCache(most: number): VerdictCache {
  const scores = new Map<string, number>()
  return {
    get(key) {
      const hash = hashOf(key)
      const score = scores.get(hash)
      if (score !== undefined) {
        scores.delete(hash)
        scores.set(hash, score)
      }
      return score
    },
    set(key, score) {
      scores.set(hashOf(key), score)
      if (scores.size > most) scores.delete(scores.keys().next().value!)
    },
  }
}

/** Lengths stand before texts, so that two texts cannot be cut apart in two ways. */
function hashOf({ model, promptVersion, textTokens, job, resume }: VerdictKey): string {
  const hash = createHash('sha256')
  for (const part of [model, promptVersion, String(textTokens), job, resume])
    hash.update(`${part.length}:${part}`)
  return hash.digest('base64')
}
