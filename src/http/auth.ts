import { createHash, timingSafeEqual } from 'node:crypto'
import { AppError } from '../errors.ts'

/** The token that callers must send, or how to read it from where it is kept. */
export type Token = string | (() => Promise<string>)

/** The token, read from where it is kept if need be. */
export async function tokenOf(token: Token): Promise<string> {
  return typeof token === 'string' ? token : token()
}

/**
 * Compares a request's bearer token with the expected one in constant time; digests of both make the lengths
 * equal and hide them.
 *
 * @throws AppError `unauthorized`
 */
export function requireToken(authorization: string | undefined, token: string): void {
  const given = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1]
  if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return
  throw new AppError(
    'unauthorized',
    `The request has ${given === undefined ? 'no bearer token' : 'a wrong bearer token'}; expected the header "Authorization: Bearer <token>".`,
  )
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
