/**
 * The response headers that say something of an answer, all of them: a browser hides from a page on another origin what a
 * deployment does not expose by name. A test holds them to those that are really sent.
 */
export const SENT_HEADERS = [
  'accept',
  'accept-encoding',
  'allow',
  'retry-after',
  'server-timing',
  'www-authenticate',
  'x-cold-start',
  'x-compute-tokens',
  'x-error-code',
  'x-ignored-fields',
  'x-inference-time',
  'x-load-time',
  'x-request-id',
  'x-tokenization-time',
  'x-truncated',
  'x-unknown-inputs',
  'x-warning',
] as const

/** The request headers that are read, which a browser sends to another origin only where they are allowed. */
export const READ_HEADERS = [
  'authorization',
  'content-encoding',
  'content-type',
  'x-request-id',
  'x-token-ids',
] as const

/** What proxies add: a request with one of these came from elsewhere, whatever machine handed it on. */
export const PROXY_HEADERS = [
  'cf-connecting-ip',
  'forwarded',
  'true-client-ip',
  'via',
  'x-client-ip',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
] as const
