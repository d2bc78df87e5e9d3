import { createHash, timingSafeEqual } from 'node:crypto'
import { AppError, toAppError } from '../errors.ts'

/** A token that callers may send, or how to read it from where it is kept. */
export type Token = string | (() => Promise<string>)

/** A bearer token and whose it is; several may have one name while one takes the other's place. */
export interface NamedToken {
  /** As the access log has it. */
  readonly name: string
  readonly token: string
}

/**
 * Lets a request in by its header `Authorization`, and gives the name of its token, where it has one.
 *
 * @throws AppError `unauthorized`; `internal` or `upstream_failed` when the token cannot be read from where it is kept
 */
type Guard = (authorization: string | undefined) => Promise<string | undefined>

/**
 * A guard that knows one token without a name, or several with names, or both; none when everyone is served. Digests
 * of tokens are compared, in constant time, so that lengths are equal and hidden; always with all of them, so that
 * the time does not tell whose token was nearly right.
 */
export function createGuard(token: Token | undefined, named: readonly NamedToken[] = []): Guard | undefined {
  if (token === undefined && named.length === 0) return undefined
  const known = named.map((entry) => ({ name: entry.name, digest: digest(entry.token) }))
  return async (authorization) => {
    const given = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1]
    if (given === undefined) throw unauthorized('no bearer token')
    const sent = digest(given)
    const [found] = known.filter((entry) => timingSafeEqual(entry.digest, sent))
    if (found) return found.name
    if (token !== undefined && timingSafeEqual(digest(await tokenOf(token)), sent)) return undefined
    throw unauthorized('a wrong bearer token')
  }
}

/** The token, read from where it is kept if need be. Why it cannot be read is for the log: callers are strangers yet. */
async function tokenOf(token: Token): Promise<string> {
  if (typeof token === 'string') return token
  try {
    return await token()
  } catch (cause) {
    const { code } = toAppError(cause)
    throw new AppError(
      code,
      'The service cannot read the token that callers must send, so it can let nobody in; its log says why.',
      { cause },
    )
  }
}

function unauthorized(problem: string): AppError {
  return new AppError(
    'unauthorized',
    `The request has ${problem}; expected the header "Authorization: Bearer <token>".`,
  )
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
