import { UsageError } from '../console/options.ts'
import { fieldOf } from './fields.ts'

/**
 * The object that an option has as JSON, its Chinese names of fields as those of documents.
 *
 * @throws UsageError that names the option and shows its form
 */
export function readObject(
  option: string,
  text: string | undefined,
  example: string,
): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined
  const read = parse(text)
  if (typeof read === 'object' && read !== null && !Array.isArray(read)) {
    return Object.fromEntries(Object.entries(read).map(([name, value]) => [fieldOf(name), value]))
  }
  throw new UsageError(`${option} is ${text}; expected an object of JSON such as '${example}'.`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `a, b` as a list; nothing where the option was not given. */
export function readList(text: string | undefined): string[] | undefined {
  return text
    ?.split(/[,，]/)
    .map((name) => fieldOf(name.trim()))
    .filter((name) => name !== '')
}
