import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { keepsMetadata, type Metadata } from './fake-s3vectors-filter.ts'

interface FakeVector {
  readonly key: string
  readonly data: { readonly float32: readonly number[] }
  readonly metadata?: Metadata
}

interface FakeIndex {
  readonly dimension: number
  readonly hidden: readonly string[]
  readonly createdAt: number
  readonly vectors: Map<string, FakeVector>
}

type Body = Readonly<Record<string, unknown>> & {
  readonly indexName?: string
  readonly vectors?: readonly FakeVector[]
  readonly keys?: readonly string[]
  readonly nextToken?: string
}

/** A service in memory that speaks as Amazon S3 Vectors does. */
export interface FakeS3Vectors {
  readonly endpoint: string
  readonly indexes: Map<string, FakeIndex>
  /** How often each operation was asked, by its name. */
  readonly asked: Map<string, number>
  /** Called before each answer; what it returns is answered instead. */
  before: (operation: string, body: Body) => FakeFailure | undefined | Promise<FakeFailure | undefined>
  close(): void
}

/** An error of the service, by its kind. */
interface FakeFailure {
  readonly status: number
  readonly kind: string
  readonly message?: string
}

const PAGE = 200
const KB = 1024

/** Ends a request as the service does when the limits of its user guide are broken. */
function refuse(message: string, status = 400, kind = 'ValidationException'): never {
  throw Object.assign(new Error(message), { failure: { status, kind, message } })
}

/**
 * Starts the service on a port of its own, with one vector bucket. It holds requests to the limits of the user guide,
 * finds neighbours exactly, and answers in pages.
 */
export async function startFakeS3Vectors(bucketName: string): Promise<FakeS3Vectors> {
  const indexes = new Map<string, FakeIndex>()
  const asked = new Map<string, number>()
  const fake: FakeS3Vectors = {
    endpoint: '',
    indexes,
    asked,
    before: () => undefined,
    close: () => {},
  }
  const server: Server = createServer((request, response) => {
    void answer(request).then(({ status, kind, body }) => {
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(kind !== undefined && { 'x-amzn-errortype': kind }),
      })
      response.end(JSON.stringify(body))
    })
  })
  const answer = async (request: IncomingMessage) => {
    const operation = request.url!.slice(1)
    const body = JSON.parse((await buffer(request)).toString()) as Body
    asked.set(operation, (asked.get(operation) ?? 0) + 1)
    try {
      const failure = await fake.before(operation, body)
      if (failure) refuse(failure.message ?? failure.kind, failure.status, failure.kind)
      if (body.vectorBucketName !== bucketName)
        refuse('The specified vector bucket could not be found', 404, 'NotFoundException')
      if (!/^application\/json/.test(request.headers['content-type'] ?? '')) refuse('Not JSON')
      const work = OPERATIONS[operation] ?? refuse(`no operation ${operation}`)
      return { status: 200, kind: undefined, body: work(indexes, body) ?? {} }
    } catch (error) {
      const { failure } = error as { failure?: FakeFailure }
      const { status = 500, kind = 'InternalServerException' } = failure ?? {}
      return { status, kind, body: { message: (error as Error).message } }
    }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(fake, {
    endpoint: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  })
}

type Operation = (indexes: Map<string, FakeIndex>, body: Body) => object | undefined

function indexOf(indexes: Map<string, FakeIndex>, { indexName = '' }: Body): FakeIndex {
  return indexes.get(indexName) ?? refuse('The specified index could not be found', 404, 'NotFoundException')
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateIndex(indexes, body) {
    const { indexName = '', dimension, dataType, distanceMetric, metadataConfiguration } = body
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(indexName)) refuse(`index name ${indexName}`)
    if (dataType !== 'float32' || distanceMetric !== 'cosine') refuse('type or metric')
    if (!(Number(dimension) >= 1 && Number(dimension) <= 4096)) refuse('dimension')
    if (indexes.has(indexName))
      refuse('An index with the specified name already exists', 409, 'ConflictException')
    const { nonFilterableMetadataKeys: hidden } = metadataConfiguration as {
      nonFilterableMetadataKeys: string[]
    }
    if (hidden.length < 1 || hidden.length > 10) refuse('non-filterable keys')
    indexes.set(indexName, {
      dimension: Number(dimension),
      hidden,
      createdAt: Date.now() / 1000,
      vectors: new Map(),
    })
    return { indexArn: 'arn' }
  },
  DeleteIndex(indexes, body) {
    indexOf(indexes, body)
    indexes.delete(body.indexName!)
    return undefined
  },
  ListIndexes: (indexes, { prefix, nextToken = '' }) => {
    const names = [...indexes.keys()].filter((name) => name.startsWith(String(prefix))).sort()
    const from = names.filter((name) => name > nextToken).slice(0, 2)
    const more = names.at(-1) !== from.at(-1)
    return {
      indexes: from.map((indexName) => ({ indexName, creationTime: indexes.get(indexName)!.createdAt })),
      ...(more && { nextToken: from.at(-1) }),
    }
  },
  PutVectors(indexes, body) {
    const index = indexOf(indexes, body)
    const vectors = body.vectors!
    if (vectors.length < 1 || vectors.length > 500) refuse(`${vectors.length} vectors`)
    if (new Set(vectors.map(({ key }) => key)).size < vectors.length) refuse('a key twice')
    for (const vector of vectors) checkVector(index, vector)
    for (const { key, data, metadata = {} } of vectors) {
      const float32 = data.float32.map(Math.fround)
      index.vectors.set(key, { key, data: { float32 }, metadata })
    }
    return undefined
  },
  GetVectors: (indexes, body) => {
    const { vectors } = indexOf(indexes, body)
    if (body.keys!.length < 1 || body.keys!.length > 100) refuse(`${body.keys!.length} keys`)
    return { vectors: body.keys!.flatMap((key) => vectors.get(key) ?? []) }
  },
  DeleteVectors(indexes, body) {
    const { vectors } = indexOf(indexes, body)
    if (body.keys!.length < 1 || body.keys!.length > 500) refuse(`${body.keys!.length} keys`)
    for (const key of body.keys!) vectors.delete(key)
    return undefined
  },
  ListVectors: (indexes, body) => {
    const keys = [...indexOf(indexes, body).vectors.keys()].sort()
    const page = keys.filter((key) => key > (body.nextToken ?? '')).slice(0, PAGE)
    return {
      vectors: page.map((key) => indexOf(indexes, body).vectors.get(key)),
      ...(page.at(-1) !== keys.at(-1) && { nextToken: page.at(-1) }),
    }
  },
  QueryVectors(indexes, body) {
    const index = indexOf(indexes, body)
    const { float32 } = body.queryVector as FakeVector['data']
    const top = Number(body.topK)
    if (!(top >= 1 && top <= 10_000)) refuse(`topK ${top}`)
    if (float32.length !== index.dimension || !float32.some((value) => value !== 0))
      refuse('the query vector')
    const near = [...index.vectors.values()]
      .filter(({ metadata = {} }) => keepsMetadata(metadata, body.filter, { hidden: index.hidden, refuse }))
      .map(({ key, data, metadata }) => ({ key, metadata, distance: distanceOf(data.float32, float32) }))
      .sort((one, other) => one.distance - other.distance)
      .slice(0, top)
    const start = Number(body.nextToken ?? 0)
    const next = start + PAGE
    return { vectors: near.slice(start, next), ...(next < near.length && { nextToken: String(next) }) }
  },
}

function checkVector({ dimension, hidden }: FakeIndex, { key, data, metadata = {} }: FakeVector): void {
  if (key.length < 1 || key.length > 1024) refuse(`a key of ${key.length} characters`)
  const { float32 } = data
  if (float32.length !== dimension)
    refuse(`vector must have length ${dimension}, but has length ${float32.length}`)
  if (!float32.every(Number.isFinite)) refuse('Invalid values')
  if (!float32.some((value) => Math.fround(value) !== 0)) refuse('zero vectors are not allowed')
  const filterable = Object.fromEntries(Object.entries(metadata).filter(([name]) => !hidden.includes(name)))
  if (Buffer.byteLength(JSON.stringify(filterable)) > 2 * KB)
    refuse('Filterable metadata must have at most 2048 bytes')
  if (Buffer.byteLength(JSON.stringify(metadata)) > 40 * KB) refuse('Metadata must have at most 40960 bytes')
  if (Object.keys(metadata).length > 50) refuse('Metadata must have at most 50 keys')
  for (const value of Object.values(metadata)) {
    const items = Array.isArray(value) ? value : [value]
    if (items.length === 0 || !items.every((item) => ['string', 'number', 'boolean'].includes(typeof item)))
      refuse('Metadata values must be strings, numbers, booleans or lists of them')
  }
}

function distanceOf(one: readonly number[], other: readonly number[]): number {
  const product = one.reduce((sum, value, index) => sum + value * other[index]!, 0)
  return Math.fround(1 - product / (Math.hypot(...one) * Math.hypot(...other)))
}
