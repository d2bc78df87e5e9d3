import { AppError } from '../../src/errors.ts'

/**
 * `name=value` as fields: a value is JSON where it is, else text.
 *
 * @throws AppError `invalid_request` for what is no such thing
 */
export function readFields(list: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    list.map((item) => {
      const [, name, value] = /^(\w+)=(.*)$/s.exec(item) ?? []
      if (name === undefined || value === undefined) {
        throw new AppError(
          'invalid_request',
          `--set is ${item}; expected a field and its value: maxTokens=512.`,
        )
      }
      try {
        return [name, JSON.parse(value)]
      } catch {
        return [name, value]
      }
    }),
  )
}
