import { AFTER_FIRST, formatTable } from '../console/table.ts'
import { breakEven, containersOf } from './break-even.ts'
import { metricDollars } from './custom-metrics.ts'
import {
  type Architecture,
  type Cost,
  cheapest,
  type Measurement,
  type Prices,
  type Size,
  sizesOf,
  type Usage,
} from './lambda.ts'

/** What is asked. */
interface Question {
  readonly prices: Prices
  readonly usage: Usage
  /** Most milliseconds of the 95th percentile. */
  readonly targetMs: number
}

const ARCHITECTURES: readonly Architecture[] = ['arm64', 'x64']
const PARTS: readonly (keyof Cost)[] = ['total', 'compute', 'requests', 'storage', 'network', 'logs']

/** Everything about a model, for a terminal. */
export function describeModel(measurement: Measurement, question: Question): string {
  const { prices, usage } = question
  const { model, tokens, one, coldMs, megabytes, machine, date, fileBytes } = measurement
  const stored = (fileBytes / 1e9) * prices.s3.gigabyteMonth
  return [
    `${model}, texts of ${tokens} tokens, ${usage.textsPerRequest} in a request, ${100 * usage.coldShare} % of requests cold`,
    `measured ${date} on ${machine}: ${one.p50} ms a text (p95 ${one.p95}), ${coldMs} ms cold, ${megabytes} MB`,
    `whatever the load, a month: $${money(stored)} for the model in S3 (nothing in the layer)`,
    `metrics of the model, a month, in each function that serves it: ${describeMetrics(prices)}`,
    ...ARCHITECTURES.map((architecture) => describeArchitecture(architecture, measurement, question)),
  ].join('\n')
}

/** CloudWatch is paid by the hour for each name that a line of the log has. */
function describeMetrics(prices: Prices): string {
  return (['embed', 'match', 'batch', 'split'] as const)
    .map((door) => {
      const { eachModel, door: once } = metricDollars(prices, door)
      return `${door} $${money(eachModel)}${once > 0 ? ` (and $${money(once)} once for all models)` : ''}`
    })
    .join(', ')
}

function describeArchitecture(architecture: Architecture, measurement: Measurement, question: Question) {
  const { prices, usage, targetMs } = question
  const sizes = sizesOf(prices, architecture, measurement, usage)
  const best = cheapest(sizes, targetMs)
  const rows = sizes.map((size) => [
    `${size.megabytes} MB`,
    `${short(size.p95Ms)} ms`,
    `${short(size.coldMs)} ms`,
    ...PARTS.map((part) => money(size.cost[part])),
    size === best ? 'cheapest' : size.p95Ms > targetMs ? 'too slow' : '',
  ])
  return [
    `\n${architecture}: US dollars for a million texts`,
    formatTable([['memory', 'p95', 'cold start', ...PARTS, ''], ...rows], AFTER_FIRST),
    ...(best
      ? rivals(architecture, best, measurement, question)
      : [`No size answers 95 of 100 requests within ${targetMs} ms.`]),
  ].join('\n')
}

function rivals(architecture: Architecture, { cost }: Size, measurement: Measurement, question: Question) {
  const { prices, usage } = question
  const containers = containersOf(prices, architecture, measurement, usage.textsPerRequest)
  const load = breakEven(containers, cost.total - cost.network)
  const container = `A container that is always on ($${money(containers.each + containers.shared)} a month with its load balancer, ${short(containers.capacity)} texts a second)`
  const { source: _, ...apis } = prices.embeddingApis
  return [
    `${container} ${load === undefined ? 'is never cheaper' : `is cheaper from ${short(load)} texts a second on`}.`,
    ...Object.entries(apis).map(([name, millionTokens]) => {
      const million = millionTokens * measurement.tokens
      return `${name}: $${money(million)} a million texts, ${million < cost.total ? 'cheaper' : 'dearer'} at every load.`
    }),
  ]
}

/** A number with two digits, or its whole part. */
function short(value: number): string {
  return value < 99.5 ? value.toPrecision(2) : String(Math.round(value))
}

/** Dollars with the digits that matter. */
export function money(dollars: number): string {
  if (dollars === 0) return '0'
  if (dollars < 0.01) return dollars.toPrecision(1)
  return dollars < 100 ? dollars.toFixed(2) : Math.round(dollars).toLocaleString('en-US')
}
