import { corruptGguf } from './cursor.ts'
import type { GgufHeader } from './header.ts'
import type { GgufList, GgufValue } from './values.ts'

/**
 * A whole number of a header.
 *
 * @param most bound above any model that is known
 * @param otherwise what stands for an absent key; without it the key must be there
 * @throws AppError `artifact_corrupt` when it is absent, no whole number, or out of 1 to `most`
 */
export function sizeOf({ values }: GgufHeader, key: string, most: number, otherwise?: number): number {
  const value = values.get(key) ?? otherwise
  if (value === undefined) throw corruptGguf(`it lacks the key ${key}`)
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most) {
    throw corruptGguf(`${key} is ${shown(value)}; expected a whole number of 1 to ${most}`)
  }
  return value
}

/** A text of a header; `undefined` when the key is absent. */
export function textOf({ values }: GgufHeader, key: string): string | undefined {
  const value = values.get(key)
  if (value === undefined || typeof value === 'string') return value
  throw corruptGguf(`${key} is ${shown(value)}; expected a text`)
}

/** A list of a header; `undefined` when the key is absent. */
export function listOf({ values }: GgufHeader, key: string): GgufList | undefined {
  const value = values.get(key)
  if (value === undefined || isList(value)) return value
  throw corruptGguf(`${key} is ${shown(value)}; expected a list`)
}

function isList(value: GgufValue): value is GgufList {
  return typeof value === 'object'
}

function shown(value: GgufValue): string {
  return isList(value) ? `a list of ${value.count}` : JSON.stringify(value).slice(0, 60)
}
