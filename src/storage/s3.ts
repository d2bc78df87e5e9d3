import { addAbortSignal, type Readable } from 'node:stream'
import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { type Context, createContext } from '../context.ts'
import type { AppError } from '../errors.ts'
import { createDirectClient, type DirectRequest } from './direct.ts'
import { missingObject, refused, unanswered } from './failures.ts'
import { safeKey } from './keys.ts'
import { askPatiently, PATIENCE, type RetryPolicy } from './retry-policy.ts'
import { createPatientStore } from './retrying-store.ts'
import { type Ask, createS3Writer } from './s3-writes.ts'
import type { ObjectStat, Store, WritableStore } from './store.ts'
import { emptyStream, streamOf } from './streams.ts'

/** Where the objects are, and how to reach them. */
export interface S3Place {
  readonly bucket: string
  /** Put before each key with a `/` between; may be empty. */
  readonly prefix: string
  /** Another server than Amazon's, which is then asked for `<endpoint>/<bucket>/<key>`. */
  readonly endpoint?: string | undefined
}

/** A server of one's own has no regions, yet the signature wants one. */
const ANY_REGION = 'us-east-1'

/**
 * The objects of a bucket below a prefix. Credentials and region are found as every AWS program finds them. Loading
 * this file loads the S3 client (70 ms): load it when it is needed.
 *
 * @param multipartBytes larger objects go up in parts; 64 MiB when absent
 */
export function createS3Store(
  place: S3Place,
  policy: RetryPolicy = PATIENCE,
  { multipartBytes }: { readonly multipartBytes?: number } = {},
): WritableStore {
  const { bucket: Bucket, prefix } = place
  const name = `s3://${[Bucket, prefix].filter(Boolean).join('/')}`
  const root = prefix && `${prefix}/`
  const keyOf = (key: string) => root + safeKey(key)
  const client = openClient(place)
  const direct = createDirectClient()
  const objectOf = (key: string) => ({ Bucket, Key: keyOf(key) })
  const sign = signerOf(client, objectOf)
  const isUnlisted = absenceOf(client, objectOf)

  const store: Store = {
    name,
    async stat(key, context) {
      const command = new HeadObjectCommand(objectOf(key))
      try {
        return toStat(await client.send(command, optionsOf(context)))
      } catch (error) {
        if (statusOf(error) === 404 || (await isUnlisted(key, error, context))) return undefined
        throw translate(error, name, key)
      }
    },
    async read(key, range, context) {
      if (range && range.start >= range.end) return emptyStream()
      const Range = range && `bytes=${range.start}-${range.end - 1}`
      const command = new GetObjectCommand({ ...objectOf(key), Range })
      try {
        const { Body } = await client.send(command, optionsOf(context))
        return toWebStream(Body as Readable, context)
      } catch (error) {
        if (statusOf(error) === 416) return emptyStream()
        if (await isUnlisted(key, error, context)) throw missingObject(name, key, causeOf(error))
        throw translate(error, name, key)
      }
    },
    async readInto(key, range, take, context = createContext()) {
      const request = await sign(key).catch((error) => {
        throw translate(error, name, key)
      })
      if (await direct.pour(request, range, take, context.signal)) return
      for await (const chunk of await store.read(key, range, context)) take(chunk)
    },
  }
  const ask = askerOf(name, policy, 'sent')
  return {
    ...createPatientStore(store, policy),
    ...createS3Writer(
      { client, objectOf, ask: askerOf(name, writing(policy), 'took'), statusOf },
      multipartBytes,
    ),
    list: listerOf(client, Bucket, root, ask),
  }
}

/** Asks by a policy, with S3's errors as those of a store. */
function askerOf(store: string, policy: RetryPolicy, verb: 'sent' | 'took'): Ask {
  return (key, context = createContext(), call) =>
    askPatiently({ store, verb }, context, policy, (inner, progress) =>
      call(inner, progress).catch((error) => {
        throw translate(error, store, key)
      }),
    )
}

/** The kernel takes up to 4 MB before the network does: at 70 kB a second that is a minute without progress. */
function writing(policy: RetryPolicy): RetryPolicy {
  return { ...policy, stallMs: policy.stallMs * 6 }
}

function toStat({
  ContentLength = 0,
  ETag,
  LastModified,
  Metadata = {},
}: HeadObjectCommandOutput): ObjectStat {
  return {
    bytes: ContentLength,
    ...(ETag && { etag: ETag.replaceAll('"', '') }),
    ...(LastModified && { modifiedAt: LastModified.getTime() }),
    ...(Object.keys(Metadata).length > 0 && { metadata: Metadata }),
  }
}

function openClient({ endpoint }: S3Place): S3Client {
  return new S3Client({
    ...(endpoint && { endpoint, forcePathStyle: true, region: ANY_REGION }),
    followRegionRedirects: true,
    // The policy of the patient store decides, for bodies as well.
    maxAttempts: 1,
    // Every file is held against its SHA-256 afterwards.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}

/** A signature holds for fifteen minutes, for every range of an object; this is how long one is used. */
const SIGNATURE_MS = 60_000

/**
 * Requests for objects as the client signs them, without sending them: its own steps run up to the signature, and the
 * one after it keeps the request.
 */
function signerOf(client: S3Client, objectOf: ObjectOf): (key: string) => Promise<DirectRequest> {
  const signed = new Map<string, { readonly request: Promise<DirectRequest>; readonly until: number }>()
  const sign = async (key: string): Promise<DirectRequest> => {
    let ready: SignedRequest | undefined
    const command = new GetObjectCommand(objectOf(key))
    command.middlewareStack.addRelativeTo(
      () =>
        async ({ request }: { readonly request: unknown }) => {
          ready = request as SignedRequest
          return { response: undefined, output: { $metadata: {} } }
        },
      { relation: 'after', toMiddleware: 'httpSigningMiddleware', name: 'keepSigned' },
    )
    await client.send(command)
    return toDirectRequest(ready!)
  }
  return async (key) => {
    const known = signed.get(key)
    if (known && Date.now() < known.until) return known.request
    const request = sign(key)
    signed.set(key, { request, until: Date.now() + SIGNATURE_MS })
    request.catch(() => signed.delete(key))
    return request
  }
}

/** What the client hands to its sender. */
interface SignedRequest {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Record<string, unknown>
  readonly headers: Record<string, string>
}

function toDirectRequest({ protocol, hostname, port, path, query, headers }: SignedRequest): DirectRequest {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) search.append(name, String(value))
  return { url: new URL(`${protocol}//${hostname}${port ? `:${port}` : ''}${path}?${search}`), headers }
}

function optionsOf(context: Context | undefined) {
  return context ? { abortSignal: context.signal } : {}
}

type ObjectOf = (key: string) => { readonly Bucket: string; readonly Key: string }

/**
 * Whether a refusal means that there is no such object. S3 says 403 rather than 404 to roles that may list only below
 * some prefixes, as those of this stack: what they may list says it. The first key that begins with `key` is `key`.
 */
function absenceOf(client: S3Client, objectOf: ObjectOf) {
  return async (key: string, error: unknown, context: Context | undefined): Promise<boolean> => {
    if (statusOf(error) !== 403) return false
    const { Bucket, Key } = objectOf(key)
    const command = new ListObjectsV2Command({ Bucket, Prefix: Key, MaxKeys: 1 })
    const page = await client.send(command, optionsOf(context)).catch(() => undefined)
    return page !== undefined && page.Contents?.[0]?.Key !== Key
  }
}

/** Asks page by page, each of them patiently. */
function listerOf(client: S3Client, Bucket: string, root: string, ask: Ask) {
  return async function* list(prefix: string, context?: Context) {
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const command = new ListObjectsV2Command({ Bucket, Prefix: root + prefix, ContinuationToken: token })
      const page = await ask(prefix, context, (inner) => client.send(command, optionsOf(inner)))
      for (const { Key } of page.Contents ?? []) yield Key!.slice(root.length)
      token = page.NextContinuationToken
    }
  }
}

/** The client ignores a request's signal once its answer has begun; the body has to end with the signal too. */
function toWebStream(body: Readable, context: Context | undefined): ReadableStream<Uint8Array> {
  if (context) addAbortSignal(context.signal, body)
  return streamOf(body[Symbol.asyncIterator](), () => body.destroy())
}

/** What the client's errors have of use. Their other fields may hold a session's token, so they go no further. */
interface ClientError {
  readonly name: string
  readonly message: string
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
}

function statusOf(error: unknown): number | undefined {
  return (error as ClientError).$metadata?.httpStatusCode
}

/** Statuses that a later try may not get; 409: two writers met, and neither has won yet. */
const WORTH_REPEATING = new Set([408, 409, 429])
/** The client corrects its clock by the first such answer. */
const CLOCK_ERRORS = new Set(['RequestTimeTooSkewed', 'RequestTimeout'])
/** Mistakes in the settings of this program, found before any request. */
const SETTING_ERRORS = /^(CredentialsProviderError|Region is missing|InvalidEndpoint|TokenProviderError)/

function causeOf(error: unknown): Error {
  const { name, message, $metadata } = error as ClientError
  return new Error(`${name}: ${message}${$metadata?.requestId ? ` (request ${$metadata.requestId})` : ''}`)
}

function translate(error: unknown, store: string, key: string): AppError {
  const { name, message, $metadata = {} } = error as ClientError
  const status = $metadata.httpStatusCode
  const cause = causeOf(error)
  if (status === 404) return missingObject(store, key, cause)
  if (SETTING_ERRORS.test(name) || SETTING_ERRORS.test(message)) {
    const remedy = 'give the function a role with s3:GetObject and s3:ListBucket, and set AWS_REGION'
    return refused({ store, key, answer: `no credentials or region (${message})`, remedy, cause })
  }
  if (status === undefined || status >= 500 || WORTH_REPEATING.has(status) || CLOCK_ERRORS.has(name)) {
    return unanswered({ store, key, answer: status ? `${status} ${name}` : name, cause })
  }
  const remedy =
    'allow s3:GetObject on its objects and s3:ListBucket on the bucket below its prefix, and check the name'
  return refused({ store, key, answer: `${status} ${name}`, remedy, cause })
}
