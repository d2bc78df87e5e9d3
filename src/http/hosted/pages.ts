import { invalid } from '../../errors.ts'
import type { Call } from '../route.ts'

/** A page of a list, as OpenAI cuts lists. */
interface Page<T> {
  readonly data: readonly T[]
  readonly hasMore: boolean
}

/**
 * The page of `items` that a request asks for by the parameters `limit` and `after`.
 *
 * @param limits most items of a page, and how many where nothing is said
 * @throws AppError `invalid_request` for a limit that is none, or an id that is not there
 */
export function pageOf<T extends { readonly id: string }>(
  items: readonly T[],
  { parameter }: Pick<Call, 'parameter'>,
  { most, usual }: { readonly most: number; readonly usual: number },
): Page<T> {
  const given = parameter('limit')
  const limit = given === undefined || given === '' ? usual : Number(given)
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    throw invalid(
      'limit',
      `The parameter limit is ${String(given).slice(0, 40)}; expected a whole number from 1 to ${most}.`,
    )
  }
  const after = parameter('after')
  const start = after === undefined || after === '' ? 0 : items.findIndex(({ id }) => id === after) + 1
  if (after !== undefined && after !== '' && start === 0) {
    throw invalid(
      'after',
      `The parameter after is ${after.slice(0, 60)}, which is not in the list; expected the last_id of a page.`,
    )
  }
  return { data: items.slice(start, start + limit), hasMore: start + limit < items.length }
}

/** A page as OpenAI's clients read it. */
export function listOf(data: readonly { readonly id: string }[], hasMore: boolean): object {
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: hasMore,
  }
}

/** The parameters that {@link pageOf} reads, as JSON Schema. */
export function pageParameters({ most }: { readonly most: number }) {
  return { limit: { type: 'integer', minimum: 1, maximum: most }, after: { type: 'string' } }
}
