import { READ_HEADERS, UNREAD_HEADERS } from '../../src/http/header-names.ts'

/** How long browsers keep what an origin may do. */
const CORS_SECONDS = 3600

/** What pages of some origins may do, as far as all doors say it alike. */
export function corsOf(origins: readonly string[]) {
  return {
    allowedOrigins: origins,
    allowedHeaders: [...READ_HEADERS, ...UNREAD_HEADERS],
    maxAge: CORS_SECONDS,
  }
}
