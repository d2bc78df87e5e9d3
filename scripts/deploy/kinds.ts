/** What a parameter may be, and how it is read from the text on a command line. */
export interface Kind<Value> {
  /** The value of a text; undefined when it is none. */
  read(text: string): Value | undefined
  /** What is expected, to follow "expected". */
  readonly expected: string
}

/** The word for a parameter that is not used: `--param` takes no empty values. */
const NONE = 'none'

/** A whole number from `least` to `most`. */
export function integer(least: number, most: number): Kind<number> {
  return {
    expected: `a whole number from ${least} to ${most}`,
    read: (text) =>
      /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined,
  }
}

/** One of a few words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Kind<Word> {
  return { expected: `one of ${words.join(', ')}`, read: (text) => words.find((word) => word === text) }
}

/** One of a few whole numbers. */
export function numberOf(...numbers: readonly number[]): Kind<number> {
  return {
    expected: `one of ${numbers.join(', ')}`,
    read: (text) => numbers.find((number) => String(number) === text),
  }
}

/** `true` or `false`. */
export const flag: Kind<boolean> = {
  expected: 'true or false',
  read: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
}

/** Text of a form. */
export function text(form: RegExp, expected: string): Kind<string> {
  return { expected, read: (given) => (form.test(given) ? given : undefined) }
}

/** Texts of a form with commas between them, at least one. */
export function list(form: RegExp, expected: string): Kind<readonly string[]> {
  return {
    expected: `${expected}, with commas between`,
    read(given) {
      const items = given.split(',').map((item) => item.trim())
      return items.every((item) => form.test(item)) ? items : undefined
    },
  }
}

/** Any of another kind, or the word `none`, which reads as null. */
export function optional<Value>(kind: Kind<Value>): Kind<Value | null> {
  return {
    expected: `${kind.expected}, or ${NONE}`,
    read: (given) => (given === NONE ? null : kind.read(given)),
  }
}
