import { AppError } from '../../errors.ts'

/** Columns that say which pgvector there is, where it lies, and whether its types are found. */
export const EXTENSION_COLUMNS = `to_regtype('halfvec') IS NOT NULL AS reachable,
  (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS version,
  (SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'vector') AS schema`

/** Before 0.8 a search ends with fewer rows than are there when a filter leaves out what the index found. */
const LEAST = [0, 8] as const

/**
 * Refuses a pgvector that would answer less than it should.
 *
 * @param found a row of {@link EXTENSION_COLUMNS}
 * @throws AppError `internal` for one that is too old, or lies in a schema where the user does not look
 */
export function requireExtension({ reachable, version, schema }: Record<string, unknown>): void {
  const [major = 0, minor = 0] = String(version).split('.').map(Number)
  const isOld = major < LEAST[0] || (major === LEAST[0] && minor < LEAST[1])
  if (isOld) {
    throw wrong(
      `pgvector ${version}; expected 0.8 or later, which looks further when a filter leaves out what was found; install its package on the server, then ALTER EXTENSION vector UPDATE`,
    )
  }
  if (reachable === true) return
  const path = ['"$user"', ...new Set(['public', schema])].join(', ')
  throw wrong(
    `pgvector in the schema ${schema}, where this user does not look; ALTER ROLE … SET search_path TO ${path}`,
  )
}

function wrong(problem: string): AppError {
  return new AppError('internal', `The database of COLLECTIONS has ${problem}.`, { retryable: false })
}
