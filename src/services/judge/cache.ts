import { createHash } from 'node:crypto'

/** What an answer of a judge depends on, all of it. */
interface JudgeKey {
  /** Id and revision. */
  readonly model: string
  readonly promptVersion: string
  readonly textTokens: number
  readonly job: string
  readonly resume: string
}

/** Answers by what they depend on; neither jobs nor resumes are kept. */
export interface JudgeCache<Value extends number | object> {
  get(key: JudgeKey): Value | undefined
  set(key: JudgeKey, value: Value): void
}

/** @param most answers that are kept, the least lately used of which go first */
export function createCache<Value extends number | object>(most: number): JudgeCache<Value> {
  const values = new Map<string, Value>()
  return {
    get(key) {
      const hash = hashOf(key)
      const value = values.get(hash)
      if (value !== undefined) {
        values.delete(hash)
        values.set(hash, value)
      }
      return value
    },
    set(key, value) {
      values.set(hashOf(key), value)
      if (values.size > most) values.delete(values.keys().next().value!)
    },
  }
}

/** Lengths stand before texts, so that two texts cannot be cut apart in two ways. */
function hashOf({ model, promptVersion, textTokens, job, resume }: JudgeKey): string {
  const hash = createHash('sha256')
  for (const part of [model, promptVersion, String(textTokens), job, resume])
    hash.update(`${part.length}:${part}`)
  return hash.digest('base64')
}
