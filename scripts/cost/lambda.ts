import type prices from '../../src/prices.json'

/** Prices of one day and region, in US dollars; each group names its source. */
export type Prices = typeof prices

/** Of a function or a container. */
export type Architecture = keyof Prices['lambda']['gigabyteSecond']

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
  /** A warm request of one text, the handler included, in milliseconds. */
  readonly one: { readonly p50: number; readonly p95: number }
  /** One text of a warm request of 32, in milliseconds. */
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
  /** Size of /tmp, 512 of it free. */
  readonly temporaryMegabytes: number
}

/** What a million texts cost in US dollars, by what it is paid for. */
export interface Cost {
  readonly compute: number
  readonly requests: number
  readonly storage: number
  readonly network: number
  readonly logs: number
  readonly total: number
}

const MILLION = 1e6
const GIGABYTE = 1e9
const FREE_TEMPORARY_MEGABYTES = 512
/** AWS: at this size a function has one processor. */
const MEGABYTES_PER_PROCESSOR = 1769
/** JSON takes about so many bytes for a number of a vector. */
const BYTES_PER_NUMBER = 12
/** The line of metrics and the three lines that Lambda itself writes. */
const LOG_BYTES = 1400
/** 15 % of the memory is kept free. */
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

/** Milliseconds of work for one request on one processor. */
export function requestMs({ one, eachOfMany }: Measurement, textsPerRequest: number): number {
  return textsPerRequest === 1 ? one.p50 : Math.max(one.p50, textsPerRequest * eachOfMany)
}

/** The same model on a machine `speed` times as fast. */
export function atSpeed(measurement: Measurement, speed: number): Measurement {
  const { one, coldMs, eachOfMany } = measurement
  const faster = { p50: one.p50 / speed, p95: one.p95 / speed }
  return { ...measurement, coldMs: coldMs / speed, one: faster, eachOfMany: eachOfMany / speed }
}

/** What a million texts cost on Lambda behind an HTTP API. Durations are billed by started milliseconds. */
export function costOf(
  { lambda, httpApi, network, cloudWatch }: Prices,
  architecture: Architecture,
  megabytes: number,
  measurement: Measurement,
  { textsPerRequest, coldShare, temporaryMegabytes }: Usage,
): Cost {
  const requests = MILLION / textsPerRequest
  const speed = speedAt(megabytes, measurement.parallel)
  const warmMs = Math.ceil(requestMs(measurement, textsPerRequest) / speed)
  const coldMs = Math.ceil(measurement.coldMs / speed)
  const seconds = (requests * (warmMs + coldShare * coldMs)) / 1000
  const paidTemporary = Math.max(0, temporaryMegabytes - FREE_TEMPORARY_MEGABYTES) / 1024
  const parts = {
    compute: seconds * (megabytes / 1024) * lambda.gigabyteSecond[architecture],
    requests: (requests / MILLION) * (lambda.millionRequests + httpApi.millionRequests),
    storage: seconds * paidTemporary * lambda.temporaryGigabyteSecond,
    network: ((MILLION * measurement.dimensions * BYTES_PER_NUMBER) / GIGABYTE) * network.gigabyteOut,
    logs: ((requests * LOG_BYTES) / GIGABYTE) * cloudWatch.logGigabyte,
  }
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) }
}

/** A size of a function with what it costs and how long it takes. */
export interface Size {
  readonly megabytes: number
  /** 95 of 100 requests for one text stay below; a cold start where more than 5 in 100 are cold. */
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
  const holding = MEMORY_SIZES.filter((megabytes) => megabytes >= SPARE * measurement.megabytes)
  return holding.map((megabytes) => {
    const speed = speedAt(megabytes, measurement.parallel)
    const coldMs = measurement.coldMs / speed
    return {
      megabytes,
      p95Ms: usage.coldShare > 0.05 ? coldMs : measurement.one.p95 / speed,
      coldMs,
      cost: costOf(prices, architecture, megabytes, measurement, usage),
    }
  })
}

/** The cheapest size whose p95 is within the target; of equals the smallest. Undefined when none is. */
export function cheapest(sizes: readonly Size[], targetMs: number): Size | undefined {
  return sizes
    .filter(({ p95Ms }) => p95Ms <= targetMs)
    .reduce<Size | undefined>(
      (best, size) => (best === undefined || size.cost.total < best.cost.total ? size : best),
      undefined,
    )
}
