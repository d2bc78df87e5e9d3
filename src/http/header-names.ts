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

/**
 * What clients in browsers send besides and nobody reads, as the preflight of an HTTP API must list it by name: there it
 * is answered before any code runs, and one missing name ends every call of a page. SigV4 of the AWS SDK and of Amplify
 * (`auth=iam`); the clients of OpenAI 4 to 6, and of Cohere 7 (Fern); browsers that let a page set `user-agent`.
 */
export const UNREAD_HEADERS = [
  'accept',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'idempotency-key',
  'openai-organization',
  'openai-project',
  'user-agent',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-user-agent',
  'x-client-name',
  'x-fern-language',
  'x-fern-runtime',
  'x-fern-runtime-version',
  'x-fern-sdk-name',
  'x-fern-sdk-version',
  'x-stainless-arch',
  'x-stainless-helper-method',
  'x-stainless-lang',
  'x-stainless-os',
  'x-stainless-package-version',
  'x-stainless-retry-count',
  'x-stainless-runtime',
  'x-stainless-runtime-version',
  'x-stainless-timeout',
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
