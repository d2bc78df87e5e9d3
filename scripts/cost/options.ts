import { parseArgs } from 'node:util'
import type { Prices } from './prices.ts'
import type { Question } from './report.ts'

/** What the command line asks for. */
export interface CostOptions {
  readonly models: readonly string[]
  /** Of each text. */
  readonly tokens: number
  /** Measures now rather than taking what was measured. */
  readonly measure: boolean
  /** The path of measurements to take. */
  readonly measurements: string
  /** Keeps what was measured for the next time. */
  readonly save: boolean
  readonly chart: string
  readonly texts: number
  readonly coldPercent: number
  readonly temporaryMegabytes: number
  /** How fast a processor of Lambda is beside the one that was measured. */
  readonly speed: number
  readonly targetMs: number
  readonly loads: readonly number[]
}

/** Usage, printed for --help. */
export const USAGE = (built: string, measurements: string): string => `npm run cost -- [option …]
  --measure            measure models on this machine (half a minute each) instead of taking ${measurements}
  --models a,b         models to measure, in layers/models, models or ${built} (default jobs-static,${built})
  --tokens 64          tokens of each text that is measured
  --measurements <file>
                       take measurements from another file
  --save               keep what was measured in ${measurements}
  --texts 1            texts in a request
  --cold 1             percent of requests that find no warm instance
  --tmp 512            megabytes of /tmp
  --speed 1            how fast a processor of Lambda is beside the one that was measured
  --target 100         most milliseconds of the 95th percentile
  --loads 0.1,1,10     texts a second at which monthly costs are compared
  --chart scripts/cost/chart.svg`

/** Reads the command line. Throws a TypeError that names what is wrong. */
export function readOptions(values: string[]): CostOptions {
  const { values: given } = parseArgs({
    args: values,
    options: {
      measure: { type: 'boolean', default: false },
      models: { type: 'string', default: 'jobs-static,minilm-l6-shaped' },
      tokens: { type: 'string', default: '64' },
      measurements: { type: 'string', default: 'scripts/cost/measurements.json' },
      save: { type: 'boolean', default: false },
      texts: { type: 'string', default: '1' },
      cold: { type: 'string', default: '1' },
      tmp: { type: 'string', default: '512' },
      speed: { type: 'string', default: '1' },
      target: { type: 'string', default: '100' },
      loads: { type: 'string', default: '0.01,0.1,1,10,100' },
      chart: { type: 'string', default: 'scripts/cost/chart.svg' },
    },
  })
  return {
    models: given.models.split(',').map((name) => name.trim()),
    tokens: numberOf('--tokens', given.tokens, 1, 8192),
    measure: given.measure,
    measurements: given.measurements,
    save: given.save,
    chart: given.chart,
    texts: numberOf('--texts', given.texts, 1, 2048),
    coldPercent: numberOf('--cold', given.cold, 0, 100),
    temporaryMegabytes: numberOf('--tmp', given.tmp, 512, 10_240),
    speed: numberOf('--speed', given.speed, 0.01, 100),
    targetMs: numberOf('--target', given.target, 1, 900_000),
    loads: given.loads.split(',').map((load) => numberOf('--loads', load, 1e-6, 1e6)),
  }
}

function numberOf(option: string, given: string, least: number, most: number): number {
  const value = Number(given)
  if (given.trim() !== '' && value >= least && value <= most) return value
  throw new TypeError(`${option} is ${JSON.stringify(given)}; expected a number from ${least} to ${most}.`)
}

/** What the options ask at these prices. */
export function questionOf(options: CostOptions, prices: Prices): Question {
  const { texts, coldPercent, temporaryMegabytes, targetMs, loads, speed } = options
  return {
    prices,
    speed,
    targetMs,
    loads,
    usage: { textsPerRequest: texts, coldShare: coldPercent / 100, temporaryMegabytes },
  }
}
