import { READ_HEADERS, SENT_HEADERS } from './header-names.ts'

/** What browsers ask before pages of other origins may call the service, and read what it answers. */
interface Cors {
  /** The answer to the question that a browser asks before a request of a page; nothing to any other request. */
  preflight(request: Request): Response | undefined
  /** Lets the page that sent a request read the answer. */
  readable(request: Request | undefined, response: Response): Response
  /** The same for an answer that is plain data; `origin` is the header of its request. */
  withHeaders<Plain extends { readonly headers: Readonly<Record<string, string>> }>(
    plain: Plain,
    origin: string | null | undefined,
  ): Plain
}

/** Browsers keep the answer no longer than two hours. */
const MAX_AGE_SECONDS = 7200
/** Names of headers; clients in browsers send some of their own, such as OpenAI's `x-stainless-os`. */
const HEADER_LIST = /^[\w-]+(?: *, *[\w-]+){0,99}$/

/**
 * Lets pages of the given origins call; `*` stands for all of them. None is allowed to send cookies: a token in a
 * header is all that counts here. Without origins nothing is added, and browsers let no other origin's page read
 * answers.
 */
export function createCors(origins: readonly string[]): Cors {
  const headersFor = headersForOrigins(origins)
  return {
    preflight: (request) => (origins.length > 0 ? preflight(request) : undefined),
    readable(request, response) {
      const more = headersFor(request?.headers.get('origin'))
      for (const [name, value] of Object.entries(more)) response.headers.set(name, value)
      return response
    },
    withHeaders: (plain, origin) => ({ ...plain, headers: { ...plain.headers, ...headersFor(origin) } }),
  }
}

function headersForOrigins(origins: readonly string[]) {
  const all = origins.includes('*')
  const exposed = SENT_HEADERS.join(', ')
  // Caches must not give the answer for one origin to another one, nor to none.
  const vary: Record<string, string> = all || origins.length === 0 ? {} : { vary: 'Origin' }
  return (origin: string | null | undefined): Record<string, string> => {
    if (!origin || !(all || origins.includes(origin))) return vary
    return {
      ...vary,
      'access-control-allow-origin': all ? '*' : origin,
      'access-control-expose-headers': exposed,
    }
  }
}

function preflight({ method, headers }: Request): Response | undefined {
  if (method !== 'OPTIONS' || !headers.has('access-control-request-method')) return undefined
  const asked = headers.get('access-control-request-headers') ?? ''
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET, HEAD, POST, DELETE',
      'access-control-allow-headers': HEADER_LIST.test(asked) ? asked : READ_HEADERS.join(', '),
      'access-control-max-age': String(MAX_AGE_SECONDS),
    },
  })
}
