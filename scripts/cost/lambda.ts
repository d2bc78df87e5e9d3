import type { Architecture, Prices } from './prices.ts'

/** How fast and how large a model is, on one processor with one thread. */
export interface Measurement {
  readonly model: string
  /** Of each text. */
  readonly tokens: number
  readonly dimensions: number
  /** Of the files of the model. */
  readonly fileBytes: number
  /** From the start of the process to the first answer, in milliseconds. */
  readonly coldMs: number
  /** A warm request of one text, the door included, in milliseconds. */
  readonly one: { readonly p50: number; readonly p95: number }
  /** One text of a warm request of 32, the door included, in milliseconds. */
  readonly eachOfMany: number
  /** The share of the work that a second thread takes part in, from 0 to 1. */
  readonly parallel: number
  /** Most memory that the process took. */
  readonly megabytes: number
  /** On what it was measured, and when. */
  readonly machine: string
  readonly date: string
}

/** How a service is used. */
export interface Usage {
  readonly textsPerRequest: number
  /** The share of requests that find no warm instance, from 0 to 1. */
  readonly coldShare: number
  /** Size of /tmp. */
  readonly temporaryMegabytes: number
}

/** What a million texts cost in US dollars, by what it is paid for. */
export interface Cost {
  readonly compute: number
  /** The part of `compute` that cold starts take. */
  readonly cold: number
  readonly requests: number
  readonly temporary: number
  readonly transfer: number
  readonly logs: number
  readonly total: number
}

const MILLION = 1e6
const GIGABYTE = 1e9
/** AWS: at this size a function has one processor. */
export const MEGABYTES_PER_PROCESSOR = 1769
/** JSON takes about so many bytes for a number of a vector. */
const BYTES_PER_NUMBER = 12
/** The line of metrics and the three lines that Lambda itself writes. */
const LOG_BYTES = 1400
/** Memory that is kept free. */
const SPARE = 1.15

/** Sizes that are compared: whole numbers of processors and the usual ones between. */
export const MEMORY_SIZES: readonly number[] = [
  ...[128, 256, 384, 512, 768, 1024, 1536, 1769, 2048, 3008, 3538, 5307, 7076, 10_240],
]

/**
 * How many times faster than on one processor with one thread a function is. Below one processor it has a share of the
 * time; above, only the parallel part of the work gains (Amdahl).
 */
export function speedAt(megabytes: number, parallel: number): number {
  const processors = megabytes / MEGABYTES_PER_PROCESSOR
  return processors <= 1 ? processors : 1 / (1 - parallel + parallel / processors)
}

/** Whether a function of that size can hold the model. */
export function fits(megabytes: number, measurement: Measurement): boolean {
  return megabytes >= SPARE * measurement.megabytes
}

/** Milliseconds from the start of an instance to its first answer. */
export function coldAt(megabytes: number, { coldMs, parallel }: Measurement): number {
  return coldMs / speedAt(megabytes, parallel)
}

/** Milliseconds that 95 of 100 requests for one text stay below. With more cold starts than 5 in 100 it is one of them. */
export function p95At(megabytes: number, measurement: Measurement, coldShare: number): number {
  if (coldShare > 0.05) return coldAt(megabytes, measurement)
  return measurement.one.p95 / speedAt(megabytes, measurement.parallel)
}

/** Milliseconds of work for one request on one processor. */
export function requestMs({ one, eachOfMany }: Measurement, textsPerRequest: number): number {
  return textsPerRequest === 1 ? one.p50 : Math.max(one.p50, textsPerRequest * eachOfMany)
}

/** The same model on a machine `speed` times as fast. */
export function atSpeed(measurement: Measurement, speed: number): Measurement {
  const { one, coldMs, eachOfMany } = measurement
  return {
    ...measurement,
    coldMs: coldMs / speed,
    one: { p50: one.p50 / speed, p95: one.p95 / speed },
    eachOfMany: eachOfMany / speed,
  }
}

/** What a million texts cost on Lambda behind an HTTP API. Durations are billed by started milliseconds. */
export function costOf(
  prices: Prices,
  architecture: Architecture,
  megabytes: number,
  measurement: Measurement,
  { textsPerRequest, coldShare, temporaryMegabytes }: Usage,
): Cost {
  const { lambda, httpApi, transfer, cloudWatch } = prices
  const requests = MILLION / textsPerRequest
  const speed = speedAt(megabytes, measurement.parallel)
  const warmSeconds = (requests * Math.ceil(requestMs(measurement, textsPerRequest) / speed)) / 1000
  const coldSeconds = (requests * coldShare * Math.ceil(measurement.coldMs / speed)) / 1000
  const secondPrice = (megabytes / 1024) * lambda.gigabyteSecond[architecture]
  const paidTemporary = Math.max(0, temporaryMegabytes - lambda.freeTemporaryMegabytes) / 1024
  const parts = {
    compute: (warmSeconds + coldSeconds) * secondPrice,
    requests: (requests / MILLION) * (lambda.millionRequests + httpApi.millionRequests),
    temporary: (warmSeconds + coldSeconds) * paidTemporary * lambda.temporaryGigabyteSecond,
    transfer: ((MILLION * measurement.dimensions * BYTES_PER_NUMBER) / GIGABYTE) * transfer.gigabyteOut,
    logs: ((requests * LOG_BYTES) / GIGABYTE) * cloudWatch.logGigabyte,
  }
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0)
  return { ...parts, cold: coldSeconds * secondPrice, total }
}

/** A size with what it costs and how long it takes. */
export interface Size {
  readonly megabytes: number
  readonly p95Ms: number
  readonly coldMs: number
  readonly cost: Cost
}

/** Every size that holds the model. */
export function sizesOf(
  prices: Prices,
  architecture: Architecture,
  measurement: Measurement,
  usage: Usage,
): Size[] {
  return MEMORY_SIZES.filter((megabytes) => fits(megabytes, measurement)).map((megabytes) => ({
    megabytes,
    p95Ms: p95At(megabytes, measurement, usage.coldShare),
    coldMs: coldAt(megabytes, measurement),
    cost: costOf(prices, architecture, megabytes, measurement, usage),
  }))
}

/** The cheapest size whose p95 is below the target; of equals the smallest. Undefined when none is. */
export function cheapest(sizes: readonly Size[], targetMs: number): Size | undefined {
  return sizes
    .filter(({ p95Ms }) => p95Ms <= targetMs)
    .reduce<Size | undefined>(
      (best, size) => (best === undefined || size.cost.total < best.cost.total ? size : best),
      undefined,
    )
}

/** What is paid each month whatever the load: the model in a bucket, and its metrics under both sets of dimensions. */
export function monthlyFixed(
  prices: Prices,
  { fileBytes }: Measurement,
  metrics: number,
): { s3: number; metrics: number } {
  return {
    s3: (fileBytes / GIGABYTE) * prices.s3.gigabyteMonth,
    metrics: 2 * metrics * prices.cloudWatch.metricMonth,
  }
}
