import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { invalid } from '../../errors.ts'

/** A database, as `COLLECTIONS` names it; the password comes from elsewhere. */
export interface PostgresPlace {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  /** `verify-full` checks the certificate and its name, `verify-ca` the certificate alone, `require` neither. */
  readonly tls: 'verify-full' | 'verify-ca' | 'require' | 'disable'
  /** The path of the certificates that are trusted, when not those of Node. */
  readonly authority?: string | undefined
}

const MODES = ['verify-full', 'verify-ca', 'require', 'disable'] as const
const FORM = 'postgres://user@host:5432/database?sslmode=verify-full'

/** Whether a place of collections is a database. */
export function isPostgres(place: string): boolean {
  return /^postgres(ql)?:/.test(place)
}

/**
 * Reads `postgres://user@host:5432/database`. TLS is on, with the certificate checked, unless `sslmode` says otherwise.
 *
 * @throws AppError `invalid_request` that never shows a password
 */
export function parsePostgres(text: string): PostgresPlace {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !isPostgres(text) || url.hostname === '') throw wrong(`is no address of a database`)
  if (url.password !== '')
    throw wrong('has a password in it, which logs would show; give it by COLLECTIONS_PASSWORD, and change it')
  const database = decode(url.pathname.slice(1))
  if (url.username === '' || database === '') throw wrong('names no user or no database')
  const unknown = [...url.searchParams.keys()].find((key) => key !== 'sslmode' && key !== 'sslrootcert')
  if (unknown !== undefined)
    throw wrong(`has the option ${unknown}, which is not known; known are sslmode and sslrootcert`)
  const mode = url.searchParams.get('sslmode') ?? 'verify-full'
  const tls = MODES.find((known) => known === mode)
  if (!tls) throw wrong(`has the sslmode ${mode}; expected ${MODES.join(', ')}`)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 5432 : Number(url.port),
    user: decode(url.username),
    database,
    tls,
    authority: url.searchParams.get('sslrootcert') ?? undefined,
  }
}

/** How the driver is told of TLS; a file of certificates is read now. */
export function tlsOptions({ tls, authority, host }: PostgresPlace) {
  if (tls === 'disable') return false
  const ca = authority === undefined ? {} : { ca: readAuthority(authority) }
  // A certificate is asked for by name; an address has none, and stands in the certificate all the same.
  const name = isIP(host) === 0 ? { servername: host } : { host }
  const anyName = tls === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}
  return { ...ca, ...name, ...anyName, rejectUnauthorized: tls !== 'require' }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong('has a % that no two hexadecimal digits follow; write %25 for the character itself')
  }
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw wrong(`has the sslrootcert ${path}, which cannot be read`)
  }
}

function wrong(problem: string) {
  return invalid('COLLECTIONS', `The setting COLLECTIONS ${problem}; expected ${FORM}.`)
}
