import type { GetOutputVector, PutInputVector, S3VectorsClient } from '@aws-sdk/client-s3vectors'
import { type Context, throwIfDone } from '../../context.ts'
import { once } from '../../once.ts'
import { askPatiently, PATIENCE, type RetryPolicy } from '../../storage/retry-policy.ts'
import type { S3VectorsPlace } from './place.ts'
import { kindOf, translate } from './problems.ts'

type DocumentType = NonNullable<PutInputVector['metadata']>

/** What a row carries beside its numbers. */
export type Metadata = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** What filters may be: comparisons by the name of the metadata, joined by `$and` and `$or`. */
export type VectorFilter = { readonly [name: string]: VectorFilterValue }
type VectorFilterValue =
  | string
  | number
  | boolean
  | readonly (string | number | VectorFilter)[]
  | VectorFilter

/** A row as the service keeps it. */
export interface StoredVector {
  readonly key: string
  readonly data: readonly number[]
  readonly metadata: Metadata
}

/** A row that a query has found; cosine distance is 1 less the cosine. */
interface NearVector {
  readonly distance: number
  readonly metadata: Metadata
}

/** One page of an answer, and how the next one is asked for. */
interface Page<T> {
  readonly vectors: readonly T[]
  readonly next: string | undefined
}

/** What is asked of an index. */
interface NearQuery {
  readonly vector: readonly number[]
  readonly top: number
  readonly filter: VectorFilter | undefined
  readonly next: string | undefined
}

/** The indexes of a vector bucket. All throw AppError as `translate` has it, and end with their context. */
export interface VectorBucket {
  /** Makes an index for cosines; `false` when there is one of that name. `hidden` metadata takes part in no filter. */
  create(index: string, dimensions: number, hidden: readonly string[], context: Context): Promise<boolean>
  /** Deletes an index with all that is in it; one that is not there is passed over. */
  drop(index: string, context: Context): Promise<void>
  /** The indexes whose names begin so, with when they were made. */
  list(prefix: string, context: Context): Promise<{ readonly index: string; readonly madeAt: number }[]>
  put(index: string, vectors: readonly StoredVector[], context: Context): Promise<void>
  /** The rows of these keys, in any order; `undefined` when there is no such index. */
  get(index: string, keys: readonly string[], context: Context): Promise<StoredVector[] | undefined>
  remove(index: string, keys: readonly string[], context: Context): Promise<void>
  page(index: string, next: string | undefined, context: Context): Promise<Page<StoredVector>>
  query(index: string, asked: NearQuery, context: Context): Promise<Page<NearVector>>
  close(): Promise<void>
}

/** A throttled service is asked again for some 20 s, or until the deadline; a query may take long on a cold index. */
const PATIENT: RetryPolicy = {
  ...PATIENCE,
  attempts: 10,
  firstDelayMs: 100,
  longestDelayMs: 5000,
  stallMs: 30_000,
}

/** For tests, which have a server and pauses of their own. */
export interface ClientOptions {
  readonly endpoint?: string | undefined
  readonly policy?: RetryPolicy | undefined
}

/**
 * Opens a vector bucket; region and credentials are found as every AWS program finds them.
 *
 * The client is `@aws-sdk/client-s3vectors` 3.1137.0, the newest that there is: 307 kB bundled and minified, which is 94 %
 * of the client of SQS, and as slow to load as that one (190 to 410 ms on two cores that six other programs use). It is
 * loaded with the first question about a collection, never to embed.
 */
export function openVectorBucket(place: S3VectorsPlace, options: ClientOptions = {}): VectorBucket {
  const { bucket } = place
  const { ask, close } = askerOf(place, options)
  return { ...indexesOf(bucket, ask), ...vectorsOf(bucket, ask), close }
}

type Sdk = typeof import('@aws-sdk/client-s3vectors')
type Loaded = { readonly sdk: Sdk; readonly client: S3VectorsClient }
type Ask = <T>(context: Context, call: (loaded: Loaded, abortSignal: AbortSignal) => Promise<T>) => Promise<T>

function askerOf(
  { bucket, index }: S3VectorsPlace,
  { endpoint, policy = PATIENT }: ClientOptions,
): { readonly ask: Ask; close(): Promise<void> } {
  let opened: S3VectorsClient | undefined
  const load = once(async () => {
    const sdk = await import('@aws-sdk/client-s3vectors')
    opened = new sdk.S3VectorsClient({
      ...(endpoint !== undefined && { endpoint, region: 'us-east-1' }),
      // The policy decides, and ends with the deadline.
      maxAttempts: 1,
    })
    return { sdk, client: opened }
  })
  const asked = { store: `s3vectors://${bucket}/${index}`, verb: 'sent' } as const
  return {
    async ask(context, call) {
      throwIfDone(context)
      const loaded = await load()
      try {
        return await askPatiently(asked, context, policy, ({ signal }) =>
          call(loaded, signal).catch((error) => {
            throw signal.aborted ? signal.reason : translate(error, bucket)
          }),
        )
      } catch (error) {
        throw translate(error, bucket, { last: true })
      }
    },
    async close() {
      opened?.destroy()
    },
  }
}

/** The answer for an index that is not there. */
function missing(error: unknown): undefined {
  if (kindOf(error) !== 'NotFoundException') throw error
}

function indexesOf(vectorBucketName: string, ask: Ask): Pick<VectorBucket, 'create' | 'drop' | 'list'> {
  return {
    create: (indexName, dimension, hidden, context) =>
      ask(context, ({ sdk, client }, abortSignal) => {
        const metadataConfiguration = { nonFilterableMetadataKeys: [...hidden] }
        const kind = { dataType: 'float32', distanceMetric: 'cosine' } as const
        const made = { vectorBucketName, indexName, dimension, metadataConfiguration, ...kind }
        return client.send(new sdk.CreateIndexCommand(made), { abortSignal }).then(
          () => true,
          (error) => {
            if (kindOf(error) === 'ConflictException') return false
            throw error
          },
        )
      }),
    async drop(indexName, context) {
      await ask(context, ({ sdk, client }, abortSignal) => {
        const command = new sdk.DeleteIndexCommand({ vectorBucketName, indexName })
        return client.send(command, { abortSignal }).catch(missing)
      })
    },
    async list(prefix, context) {
      const found: { index: string; madeAt: number }[] = []
      for (let nextToken: string | undefined, more = true; more; more = nextToken !== undefined) {
        const asked = { vectorBucketName, prefix, nextToken }
        const page = await ask(context, ({ sdk, client }, abortSignal) =>
          client.send(new sdk.ListIndexesCommand(asked), { abortSignal }),
        )
        for (const { indexName: index = '', creationTime } of page.indexes ?? [])
          if (index.startsWith(prefix)) found.push({ index, madeAt: creationTime?.getTime() ?? Date.now() })
        nextToken = page.nextToken || undefined
      }
      return found
    },
  }
}

function vectorsOf(
  vectorBucketName: string,
  ask: Ask,
): Pick<VectorBucket, 'put' | 'get' | 'remove' | 'page' | 'query'> {
  return {
    async put(indexName, stored, context) {
      const vectors = stored.map(({ key, data, metadata }) => ({
        key,
        data: { float32: [...data] },
        metadata: metadata as DocumentType,
      }))
      await ask(context, ({ sdk, client }, abortSignal) =>
        client.send(new sdk.PutVectorsCommand({ vectorBucketName, indexName, vectors }), { abortSignal }),
      )
    },
    get: (indexName, keys, context) =>
      ask(context, async ({ sdk, client }, abortSignal) => {
        const asked = { vectorBucketName, indexName, keys: [...keys], returnData: true, returnMetadata: true }
        const answer = await client.send(new sdk.GetVectorsCommand(asked), { abortSignal }).catch(missing)
        return answer && (answer.vectors ?? []).map(toStored)
      }),
    async remove(indexName, keys, context) {
      await ask(context, ({ sdk, client }, abortSignal) => {
        const command = new sdk.DeleteVectorsCommand({ vectorBucketName, indexName, keys: [...keys] })
        return client.send(command, { abortSignal })
      })
    },
    page: (indexName, nextToken, context) =>
      ask(context, async ({ sdk, client }, abortSignal) => {
        const asked = { vectorBucketName, indexName, nextToken, returnData: true, returnMetadata: true }
        const answer = await client.send(new sdk.ListVectorsCommand(asked), { abortSignal })
        return { vectors: (answer.vectors ?? []).map(toStored), next: answer.nextToken || undefined }
      }),
    query: (indexName, { vector, top, filter, next }, context) =>
      ask(context, async ({ sdk, client }, abortSignal) => {
        const wanted = { returnMetadata: true, returnDistance: true, nextToken: next }
        const asked = { topK: top, queryVector: { float32: [...vector] }, filter: filter as DocumentType }
        const command = new sdk.QueryVectorsCommand({ vectorBucketName, indexName, ...asked, ...wanted })
        const answer = await client.send(command, { abortSignal })
        const vectors = (answer.vectors ?? []).map(({ distance, metadata }) => ({
          distance: distance ?? Number.NaN,
          metadata: (metadata ?? {}) as Metadata,
        }))
        return { vectors, next: answer.nextToken || undefined }
      }),
  }
}

function toStored({ key = '', data, metadata }: GetOutputVector): StoredVector {
  return { key, data: data?.float32 ?? [], metadata: (metadata ?? {}) as Metadata }
}
