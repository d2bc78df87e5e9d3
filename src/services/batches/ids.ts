import { randomInt } from 'node:crypto'

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const LENGTH = 24

/** A new id: the prefix and 24 letters and digits by chance, so that nobody guesses one or takes it for a path. */
export function newId(prefix: 'file-' | 'batch_'): string {
  return prefix + Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}
