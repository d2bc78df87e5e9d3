import { AppError, type ErrorCode } from '../../errors.ts'
import type { PostgresPlace } from './place.ts'

/** What a kind of failure is called, and what helps. */
interface Problem {
  readonly codes: RegExp
  readonly code: ErrorCode
  readonly says: (message: string) => string
}

/** By the code of PostgreSQL (SQLSTATE), of the driver, or of the network. The first that fits counts. */
const PROBLEMS: readonly Problem[] = [
  {
    codes: /^(28P01|28000)$/,
    code: 'internal',
    says: (message) =>
      `refuses the user: ${message}; check the user in COLLECTIONS, and COLLECTIONS_PASSWORD`,
  },
  {
    codes: /^CLOSED_AT_BEGIN$/,
    code: 'upstream_failed',
    says: () =>
      'closes new connections before they can be used; check that it is PostgreSQL which runs there, and behind PgBouncer that pool_mode is transaction',
  },
  {
    codes: /^3D000$/,
    code: 'internal',
    says: (message) => `says: ${message}; create it, or correct COLLECTIONS`,
  },
  {
    codes: /^42501$/,
    code: 'internal',
    says: (message) =>
      `does not let the user do that: ${message}; to write, GRANT CREATE ON DATABASE and let an administrator run CREATE EXTENSION vector, to add, GRANT TEMPORARY ON DATABASE too; to search, GRANT USAGE ON SCHEMA serverless_embeddings and SELECT on its tables`,
  },
  {
    codes: /^(58P01|0A000|42704|42883)$/,
    code: 'internal',
    says: (message) =>
      `has no pgvector of version 0.8 or later: ${message}; install the package, then CREATE EXTENSION vector in this database`,
  },
  {
    codes: /^(22P05|22021)$/,
    code: 'internal',
    says: (message) =>
      `keeps texts in an encoding that lacks a character: ${message}; name a database of ENCODING 'UTF8' in COLLECTIONS`,
  },
  {
    codes: /^42P01$/,
    code: 'artifact_corrupt',
    says: (message) => `has lost a table of the collection: ${message}; build the collection again`,
  },
  {
    codes: /^25006$/,
    code: 'internal',
    says: () =>
      'answers reads alone: it is a replica, or this user has default_transaction_read_only; name the primary in COLLECTIONS to write, or ALTER ROLE … SET default_transaction_read_only = off',
  },
  {
    codes: /^53[12]00$/,
    code: 'internal',
    says: (message) => `has no room: ${message}; give it more disk or memory`,
  },
  {
    codes: /^(53300|53400|40001|40P01|55P03|POOL_FULL)$/,
    code: 'overloaded',
    says: (message) => `is too busy: ${message}; try again`,
  },
  {
    codes: /^57014$/,
    code: 'deadline_exceeded',
    says: (message) =>
      `ran out of time: ${message}; send fewer queries, or raise the timeout, here or of the role (statement_timeout)`,
  },
  {
    codes: /^(08...|57P0.)$/,
    code: 'upstream_failed',
    says: (message) => `does not serve now: ${message}; try again, or ask who runs it`,
  },
  {
    codes: /^CONNECT_TIMEOUT$/,
    code: 'upstream_failed',
    says: () =>
      'has not answered in time; check the host and port in COLLECTIONS, and that the network (a firewall, a security group) lets this program in',
  },
  {
    codes: /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT|CONNECTION_\w+)$/,
    code: 'upstream_failed',
    says: () => 'cannot be reached, or went away; check that it runs, and the host and port in COLLECTIONS',
  },
  {
    codes: /^CERT_HAS_EXPIRED$/,
    code: 'internal',
    says: () => 'has a certificate that has expired; renew it there',
  },
  {
    codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    code: 'internal',
    says: (message) =>
      `has a certificate of another name: ${message}; write that name in COLLECTIONS, or sslmode=verify-ca where the way there is a tunnel`,
  },
  {
    codes: /^TLS_WANTED$/,
    code: 'internal',
    says: (message) =>
      `lets nobody in without TLS: ${message}; take sslmode=disable out of COLLECTIONS, or have pg_hba.conf allow it`,
  },
  {
    codes: /^NO_TLS$/,
    code: 'internal',
    says: () =>
      'ended the connection when it was asked for TLS; let it speak TLS, or add ?sslmode=disable where the network is your own',
  },
  {
    codes: /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_\w+|UNABLE_TO_\w+|CERT_\w+|ERR_TLS\w*|ERR_SSL\w*)$/,
    code: 'internal',
    says: (message) => `has a certificate that is not trusted: ${message}; name its authority by sslrootcert`,
  },
]

/** What is told by words alone: Node of a server without TLS, and PgBouncer, which has one code (08P01) for all of it. */
const BY_WORDS: readonly (readonly [RegExp, string])[] = [
  [/before secure TLS connection|wrong version number|packet length too long/, 'NO_TLS'],
  [/not allowed in statement pooling/, 'CLOSED_AT_BEGIN'],
  [/^(password|SASL) authentication failed|^no such user/, '28P01'],
  [/^(no such database|database ".*" does not exist)/, '3D000'],
  [/^SSL required|no encryption$/, 'TLS_WANTED'],
  [/^(no more connections allowed|query_wait_timeout)/, 'POOL_FULL'],
]

/** The error of a database as a sentence; an AppError as it is. Where the database lies is for operators to know. */
export function explain(error: unknown, { host, port }: PostgresPlace): AppError {
  if (error instanceof AppError) return error
  if (!(error instanceof Error)) return new AppError('internal', 'The database failed.', { cause: error })
  const own = codeOf(error)
  const problem = PROBLEMS.find(({ codes }) => codes.test(own))
  if (!problem) {
    return new AppError('internal', `PostgreSQL at ${host}:${port} failed: ${error.message} (${own}).`, {
      cause: error,
    })
  }
  const sentence = `PostgreSQL at ${host}:${port} ${problem.says(error.message)}.`
  return new AppError(problem.code, sentence, { cause: error })
}

function codeOf(error: Error): string {
  const told = BY_WORDS.find(([words]) => words.test(error.message))
  return told?.[1] ?? ('code' in error ? String(error.code) : '')
}

/** Whether an error says that the user or the password was refused. */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && /^(28P01|28000)$/.test(codeOf(error))
}

/** The error of a connection that ended without a word of the database. */
export class LostConnection extends Error {
  readonly code = 'CONNECTION_CLOSED'
}

/** Whether an error says that a connection ended which had been there. */
export function isClosed(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) return false
  return /^(CONNECTION_(CLOSED|ENDED|DESTROYED)|ECONNRESET|EPIPE|57P0[12])$/.test(String(error.code))
}

/** Whether an error says that a table is not there: a build may have replaced it between two questions. */
export function isGone(error: unknown): boolean {
  const thrown = error instanceof AppError ? error.cause : error
  return thrown instanceof Error && 'code' in thrown && thrown.code === '42P01'
}
