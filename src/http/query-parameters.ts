import { type AppError, invalid } from '../errors.ts'
import { foldName } from '../formats/column-names.ts'
import {
  cohereEmbedRequest,
  cohereFirstEmbedRequest,
  cohereFirstRerankRequest,
  cohereRerankRequest,
} from './cohere-schemas.ts'
import { listNames } from './ignored-fields.ts'
import { matchRequest } from './match-schemas.ts'
import { embedRequest, openAiEmbedRequest } from './schemas.ts'
import { teiEmbedRequest, teiRerankRequest, teiSimilarityRequest, teiTokenizeRequest } from './tei-schemas.ts'

/** Every field of a body, by its name as `foldName` makes it. */
const FIELDS = new Map(
  [
    ...[embedRequest, openAiEmbedRequest, matchRequest, teiEmbedRequest, teiRerankRequest],
    ...[teiSimilarityRequest, teiTokenizeRequest, cohereEmbedRequest, cohereFirstEmbedRequest],
    ...[cohereFirstRerankRequest, cohereRerankRequest],
  ].flatMap(({ entries }) => Object.keys(entries).map((name) => [foldName(name), name])),
)

/**
 * The parts of an address that are not read, for the header that names them: few routes read parameters, though
 * clients and proxies send some of their own, such as `api-version`.
 *
 * @param read names that the route reads
 * @throws AppError `invalid_request` for a parameter of POST that is named like a field of a body: with `?model=x`
 * the caller would get the vectors of another model
 */
export function unreadParameters(
  method: string,
  url: string,
  read: readonly string[] = [],
): string | undefined {
  const start = url.indexOf('?')
  if (start < 0) return undefined
  const names = [...new Set(new URLSearchParams(url.slice(start)).keys())].filter(
    (name) => name !== '' && !read.includes(name),
  )
  for (const name of names) {
    const field = method === 'POST' ? FIELDS.get(foldName(name)) : undefined
    if (field !== undefined) throw misplaced(name, field)
  }
  return names.length === 0 ? undefined : listNames(names.map((name) => `?${name}`)).replaceAll('%3F', '?')
}

function misplaced(name: string, field: string): AppError {
  return invalid(
    field,
    `The address has the parameter ${name}, which is not read there; send it in the body, as the field ${field}.`,
  )
}
