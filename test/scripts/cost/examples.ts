import type { Measurement, Prices } from '../../../scripts/cost/lambda.ts'
import published from '../../../src/prices.json' with { type: 'json' }

/** Round prices, to reckon with by hand. */
export const prices: Prices = {
  ...published,
  lambda: {
    source: '',
    gigabyteSecond: { arm64: 0.001, x64: 0.002 },
    millionRequests: 1,
    temporaryGigabyteSecond: 0.0001,
  },
  httpApi: { source: '', millionRequests: 2 },
  cloudWatch: { source: '', metricMonth: 0.3, logGigabyte: 2 },
  network: { source: '', gigabyteOut: 0.5 },
  container: {
    source: '',
    processorHour: { arm64: 0.04, x64: 0.08 },
    gigabyteHour: { arm64: 0.005, x64: 0.01 },
    loadBalancerHour: 0.05,
  },
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
