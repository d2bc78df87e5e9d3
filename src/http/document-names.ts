import { type AppError, invalid } from '../errors.ts'
import { foldName } from '../formats/column-names.ts'
import { isObject } from './exact-numbers.ts'

/** Fields of a document that are read rather than compared. */
const READ = ['id', 'vector'] as const

/** What may be one of them, whichever way it is written; to fold every name of a large body would take too long. */
const LIKELY = /^[\s\uFEFF]*(?:[iIｉＩ][dDｄＤ]|[vVｖＶ].{5})[\s\uFEFF]*$/

/**
 * The body of a match, with ids and vectors of its documents under their own names: `ID`, `Id` and ` id ` are `id`, as they
 * are for the column of a file. A document that has the name itself keeps the others as fields. What is no document
 * stays as it is.
 *
 * @throws AppError `invalid_request` that names the field where a document has two such names and not the name itself
 */
export function nameDocuments(body: unknown): unknown {
  if (!isObject(body)) return body
  const named = Object.entries(body).map(([field, value]) => [field, nameField(field, value)])
  return Object.fromEntries(named)
}

function nameField(field: string, value: unknown): unknown {
  if (field === 'query') return nameDocument(field, value)
  if (field !== 'queries' && field !== 'candidates') return value
  if (!Array.isArray(value)) return value
  return value.map((document, index) => nameDocument(`${field}[${index}]`, document))
}

function nameDocument(field: string, document: unknown): unknown {
  if (!isObject(document)) return document
  const likely = Object.keys(document).filter((name) => LIKELY.test(name))
  const meant = new Map<string, string>()
  for (const own of READ) {
    if (document[own] !== undefined && document[own] !== null) continue
    const [first, second] = likely.filter((name) => name !== own && foldName(name) === own)
    if (second !== undefined) throw twice(field, first!, second, own)
    if (first !== undefined) meant.set(first, own)
  }
  if (meant.size === 0) return document
  const names = new Set(meant.values())
  const kept = Object.entries(document).filter(([name]) => !names.has(name))
  return Object.fromEntries(kept.map(([name, value]) => [meant.get(name) ?? name, value]))
}

function twice(field: string, first: string, second: string, own: string): AppError {
  const names = `${JSON.stringify(first)} and ${JSON.stringify(second)}`
  return invalid(
    `${field}.${first}`,
    `The document ${field} has the fields ${names}, both of which may be its ${own}; expected one; name it ${own}.`,
  )
}
