import type { Measurement } from '../../../scripts/cost/lambda.ts'
import type { Prices } from '../../../scripts/cost/prices.ts'

/** Round prices, to reckon with by hand. */
export const prices: Prices = {
  date: '2026-01',
  region: 'nowhere-1',
  lambda: {
    gigabyteSecond: { arm64: 0.001, x64: 0.002 },
    millionRequests: 1,
    temporaryGigabyteSecond: 0.0001,
    freeTemporaryMegabytes: 512,
  },
  httpApi: { millionRequests: 2 },
  s3: { gigabyteMonth: 0.02, millionReads: 0.4 },
  cloudWatch: { metricMonth: 0.3, logGigabyte: 2 },
  transfer: { gigabyteOut: 0.5 },
  fargate: {
    processorHour: { arm64: 0.04, x64: 0.08 },
    gigabyteHour: { arm64: 0.005, x64: 0.01 },
    loadBalancerHour: 0.05,
  },
  managedInstances: {
    instanceHour: { arm64: 0.1, x64: 0.2 },
    processors: 2,
    gigabytes: 4,
    managementShare: 0.5,
    millionRequests: 1,
    leastInstances: 3,
  },
  embeddingApis: [{ name: 'An API', millionTokens: 0.02 }],
}

/** A model that is easy to reckon with. */
export const measurement: Measurement = {
  model: 'round',
  tokens: 50,
  dimensions: 100,
  fileBytes: 500_000_000,
  coldMs: 100,
  one: { p50: 10, p95: 20 },
  eachOfMany: 4,
  parallel: 0.5,
  megabytes: 200,
  machine: 'a machine',
  date: '2026-01-01',
}
