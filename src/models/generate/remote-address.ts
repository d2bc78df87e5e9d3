import { invalid } from '../../errors.ts'

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * The address of `chat/completions` below an endpoint such as `https://host/v1`.
 *
 * @param allow hosts that may be asked, with their port where it is not the usual one; `http://host` lets texts go there
 * unencrypted
 * @throws AppError `invalid_request` for an address that is none, has a name and password in it, is not allowed, or
 * would send texts unencrypted to another machine
 */
export function completionsAddress(endpoint: string, allow: readonly string[]): URL {
  if (!URL.canParse(endpoint)) throw refused('is no address; expected one like https://host/v1')
  const url = new URL(endpoint)
  if (url.username !== '' || url.password !== '') {
    throw refused('has a name or a password in it; give the key by its own setting')
  }
  const isPlain = url.protocol === 'http:'
  if (!isPlain && url.protocol !== 'https:') throw refused(`begins with ${url.protocol}//; expected https://`)
  const isNamedPlain = isPlain && allow.includes(`http://${url.host}`)
  if (isPlain && !isNamedPlain && !LOCAL.has(url.hostname)) {
    throw refused(
      `begins with http://, which sends texts unencrypted; give https://, or http://${url.host} in GENERATE_ENDPOINT_ALLOW if nobody else reads that network`,
    )
  }
  if (!isNamedPlain && !allow.includes(url.host)) {
    throw refused(
      `names the host ${url.host}, which is none of those allowed; add it to GENERATE_ENDPOINT_ALLOW`,
    )
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`
  return url
}

function refused(what: string) {
  return invalid('GENERATE_ENDPOINT', `GENERATE_ENDPOINT ${what}.`)
}
