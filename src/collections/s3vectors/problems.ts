import { AppError, type ErrorCode } from '../../errors.ts'

/** What a kind of failure is called, and what helps. */
interface Problem {
  readonly kinds: RegExp
  readonly code: ErrorCode
  readonly says: (bucket: string, message: string) => string
}

/** By the name of the service's error, or of the network's. The first that fits counts. */
const PROBLEMS: readonly Problem[] = [
  {
    kinds: /^(TooManyRequests|Throttling|SlowDown|RequestLimit)/,
    code: 'upstream_failed',
    says: () => 'is asked too often (1,000 changes, 2,500 rows a second and index); try again later',
  },
  {
    kinds:
      /^(AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch)/,
    code: 'internal',
    says: (_, message) =>
      `does not let this program do that: ${message}; docs/collections.md lists the actions that searching and writing need`,
  },
  {
    kinds: /^NotFound/,
    code: 'internal',
    says: (bucket) =>
      `has no such bucket or index; create the bucket by "aws s3vectors create-vector-bucket --vector-bucket-name ${bucket}", or correct COLLECTIONS and the region`,
  },
  {
    kinds: /^ServiceQuotaExceeded/,
    code: 'internal',
    says: (_, message) => `is full: ${message}; ask AWS for a higher quota`,
  },
  {
    kinds: /^(Kms|KMS)/,
    code: 'internal',
    says: (_, message) => `cannot use its key: ${message}; check the key's state and policy`,
  },
  { kinds: /^Validation/, code: 'internal', says: (_, message) => `refused a request: ${message}` },
  {
    kinds: /^(CredentialsProviderError|Region)/,
    code: 'internal',
    says: (_, message) => `cannot be asked: ${message}; give credentials and AWS_REGION`,
  },
  {
    kinds:
      /^(InternalServer|ServiceUnavailable|RequestTimeout|Timeout|Network|ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH)/,
    code: 'upstream_failed',
    says: (_, message) => `did not answer: ${message}; try again later`,
  },
]

/** The kind of an error of the service or the network, by its name; an empty text for what is none. */
export function kindOf(error: unknown): string {
  if (error instanceof AppError) return String(error.details.answer ?? '')
  if (!(error instanceof Error)) return ''
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return code === '' ? error.name : code
}

/**
 * The error of the service as a sentence; an AppError as it is.
 *
 * @param options.last no further try follows: who was throttled until then hears `overloaded`
 */
export function translate(error: unknown, bucket: string, { last = false } = {}): AppError {
  const kind = kindOf(error)
  if (error instanceof AppError) {
    const throttled = last && error.code === 'upstream_failed' && PROBLEMS[0]!.kinds.test(kind)
    return throttled
      ? new AppError('overloaded', error.message, { details: error.details, cause: error })
      : error
  }
  const status = statusOf(error)
  const message = error instanceof Error ? error.message : String(error)
  const known = PROBLEMS.find(({ kinds }) => kinds.test(kind))
  const [code, says]: readonly [ErrorCode, string] = known
    ? [known.code, known.says(bucket, message)]
    : [status >= 500 || status === 429 ? 'upstream_failed' : 'internal', `failed: ${message}`]
  return new AppError(code, `Amazon S3 Vectors with the bucket ${bucket} ${says}.`, {
    details: { store: bucket, answer: kind },
    cause: error,
  })
}

function statusOf(error: unknown): number {
  if (!(error instanceof Error) || !('$metadata' in error)) return 0
  const metadata = error.$metadata as { readonly httpStatusCode?: number }
  return metadata.httpStatusCode ?? 0
}
