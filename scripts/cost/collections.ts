import { HOURS_PER_MONTH } from './break-even.ts'
import { type Architecture, MEMORY_SIZES, type Prices } from './lambda.ts'

/** What a row of a collection takes: 256 numbers, and fields of a title, three skills, a place and a sentence. */
const ROW_BYTES = {
  /** Measured: 20,000 rows built by `npm run collections`, in memory and in S3 alike. */
  builtIn: 468,
  /** Measured: the same rows in PostgreSQL 16 with pgvector 0.8.5, table and all indexes. */
  table: 3192,
  /** Of these the HNSW index, which has to stay in memory. */
  index: 945,
  /** Reckoned: four bytes a number, an id of 16 and fields of 212. */
  s3Vectors: 1252,
} as const
/** Of a row as int8, which a search reads. */
const VECTOR_BYTES = 256
/** Measured by `npm run bench -- collections`: a million rows of 384 as int8 in 32 ms on two quiet processors. */
const BYTES_PER_SECOND_AND_PROCESSOR = (384 * 1e6) / 0.032 / 2
/**
 * Measured on 2026-11-29: a warm request with a title, two skills and a sentence among 1,000 rows took 1.7 ms (median, two
 * busy processors), and the door of Lambda 0.85 ms more (docs/models.md).
 */
const REQUEST_SECONDS = 0.003
/** Read, not measured: what one function reads from S3 in a second. */
const LOADED_BYTES_PER_SECOND = 80e6
/** Of requests that find no warm instance. */
const COLD_SHARE = 0.01
/** The process without a collection, and 15 % kept free. */
const BASE_MEGABYTES = 250
const SPARE = 1.15
/** An Aurora Capacity Unit has 2 GiB, of which some 60 % keep pages. */
const CACHED_BYTES_PER_UNIT = 0.6 * 2 * 1024 ** 3
const LEAST_UNITS = 0.5
/** Most gigabytes of a task of Fargate, by its processors. */
const TASKS = [
  [1, 8],
  [2, 16],
  [4, 30],
  [8, 60],
  [16, 120],
] as const
/** Searches a month that the table of docs/collections.md is reckoned for. */
export const COLLECTION_QUERIES = 100_000
const ARCHITECTURE: Architecture = 'arm64'

/** What an engine takes for so many rows, and costs a month. */
interface CollectionCost {
  readonly engine: string
  /** Of the worker, database or container; absent where nothing has to be held. */
  readonly memoryGigabytes?: number
  readonly storedGigabytes: number
  /** US dollars a month; absent where the rows do not fit. */
  readonly dollars?: number
}

/** What every engine costs for `rows` rows of 256 numbers that are written once and asked `queries` times a month. */
export function collectionCosts(prices: Prices, rows: number, queries: number): CollectionCost[] {
  return [
    onLambda(prices, rows, queries),
    inContainer(prices, rows),
    inAurora(prices, rows),
    inS3Vectors(prices, rows, queries),
  ]
}

function onLambda({ lambda, httpApi, s3 }: Prices, rows: number, queries: number): CollectionCost {
  const bytes = rows * ROW_BYTES.builtIn
  const needed = Math.max(1769, BASE_MEGABYTES + (SPARE * bytes) / 1e6)
  const megabytes = MEMORY_SIZES.find((size) => size >= needed)
  const stored = { engine: 'built in, on Lambda', storedGigabytes: bytes / 1e9 }
  if (megabytes === undefined) return stored
  const warm = REQUEST_SECONDS + searchSeconds(rows, megabytes / 1769)
  const seconds = queries * (warm + COLD_SHARE * (bytes / LOADED_BYTES_PER_SECOND))
  const dollars =
    seconds * (megabytes / 1024) * lambda.gigabyteSecond[ARCHITECTURE] +
    (queries / 1e6) * (lambda.millionRequests + httpApi.millionRequests) +
    stored.storedGigabytes * s3.gigabyteMonth
  return { ...stored, memoryGigabytes: megabytes / 1024, dollars }
}

function inContainer({ container, s3 }: Prices, rows: number): CollectionCost {
  const bytes = rows * ROW_BYTES.builtIn
  const needed = Math.ceil(BASE_MEGABYTES / 1e3 + (SPARE * bytes) / 1e9)
  const stored = { engine: 'built in, a container that is always on', storedGigabytes: bytes / 1e9 }
  const task = TASKS.find(([, most]) => needed <= most)
  if (!task) return stored
  const memory = Math.max(needed, 2 * task[0])
  const { processorHour, gigabyteHour, loadBalancerHour } = container
  const hour = task[0] * processorHour[ARCHITECTURE] + memory * gigabyteHour[ARCHITECTURE] + loadBalancerHour
  const dollars = HOURS_PER_MONTH * hour + stored.storedGigabytes * s3.gigabyteMonth
  return { ...stored, memoryGigabytes: memory, dollars }
}

function inAurora({ auroraServerless }: Prices, rows: number): CollectionCost {
  const halves = Math.ceil((2 * rows * ROW_BYTES.index) / CACHED_BYTES_PER_UNIT)
  const units = Math.max(LEAST_UNITS, halves / 2)
  const storedGigabytes = (rows * ROW_BYTES.table) / 1e9
  const dollars =
    HOURS_PER_MONTH * units * auroraServerless.unitHour + storedGigabytes * auroraServerless.gigabyteMonth
  return {
    engine: 'pgvector on Aurora Serverless v2',
    memoryGigabytes: 2 * units,
    storedGigabytes,
    dollars,
  }
}

function inS3Vectors({ s3Vectors }: Prices, rows: number, queries: number): CollectionCost {
  const storedGigabytes = (rows * ROW_BYTES.s3Vectors) / 1e9
  const { firstRows, firstTerabyte, furtherTerabyte, gigabyteMonth, gigabytePut, millionQueries } = s3Vectors
  const terabytes = (count: number) => (queries * count * ROW_BYTES.s3Vectors) / 1e12
  const first = Math.min(rows, firstRows)
  const dollars =
    storedGigabytes * (gigabyteMonth + gigabytePut) +
    (queries / 1e6) * millionQueries +
    terabytes(first) * firstTerabyte +
    terabytes(rows - first) * furtherTerabyte
  return { engine: 'Amazon S3 Vectors', storedGigabytes, dollars }
}

/** Of one search on so many processors, each of which reads a part of the rows. */
function searchSeconds(rows: number, processors: number): number {
  return (rows * VECTOR_BYTES) / (BYTES_PER_SECOND_AND_PROCESSOR * Math.floor(processors))
}

/** Rows of the table in docs/collections.md: the engine, then for each count of rows memory, storage and dollars. */
export function describeCollections(prices: Prices, queries: number): string[][] {
  const counts = [1e6, 1e7, 1e8]
  const bySize = counts.map((rows) => collectionCosts(prices, rows, queries))
  return bySize[0]!.map(({ engine }, place) => [engine, ...bySize.map((costs) => cellOf(costs[place]!))])
}

function cellOf({ memoryGigabytes, storedGigabytes, dollars }: CollectionCost): string {
  if (dollars === undefined) return 'does not fit'
  const memory = memoryGigabytes === undefined ? '–' : `${digits(memoryGigabytes)} GB`
  return `$${digits(dollars)} (${memory}; ${digits(storedGigabytes)} GB)`
}

/** Two digits: more would say more than is known. */
function digits(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en')
}
