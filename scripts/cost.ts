import { readFileSync } from 'node:fs'
import prices from '../src/prices.json' with { type: 'json' }
import { readNumber } from './console/options.ts'
import { runNpmTool } from './console/run-tool.ts'
import { AFTER_FIRST, formatTable } from './console/table.ts'
import { readArguments } from './console/tool-arguments.ts'
import { COLLECTION_QUERIES, describeCollections } from './cost/collections.ts'
import { atSpeed, type Measurement } from './cost/lambda.ts'
import { describeModel } from './cost/report.ts'

const MEASUREMENTS = 'scripts/cost/measurements.json'
const SHAPE = {
  name: 'cost',
  summary:
    'What a million texts cost on Lambda, by memory and architecture, from dated list prices and measurements.',
  usage: ['[option …]'],
  options: {
    texts: { value: '<number>', default: '1', help: 'texts in a request' },
    cold: { value: '<percent>', default: '1', help: 'of requests that find no warm instance' },
    tmp: { value: '<megabytes>', default: '512', help: 'of /tmp' },
    target: { value: '<ms>', default: '100', help: 'most milliseconds of the 95th percentile' },
    speed: {
      value: '<factor>',
      default: '1',
      help: 'how fast a processor of Lambda is beside the one that was measured',
    },
    collections: { help: 'what collections cost a month instead, by engine and rows (docs/collections.md)' },
    measurements: {
      value: '<file>',
      default: MEASUREMENTS,
      help: 'measurements of your own, in that form (npm run bench gives them)',
    },
  },
  examples: ['', '--texts 32 --cold 5 --target 200'],
} as const

type NumberOption = 'texts' | 'cold' | 'tmp' | 'target' | 'speed'

async function cost(args: readonly string[]): Promise<number> {
  const { values } = readArguments<typeof SHAPE.options>(SHAPE, args)
  if (values.collections) {
    console.log(`Prices of ${prices.date}, ${prices.region}; src/prices.json names their sources.`)
    const header = ['a month: dollars (memory; stored)', '1 million rows', '10 million', '100 million']
    console.log(formatTable([header, ...describeCollections(prices, COLLECTION_QUERIES)], AFTER_FIRST))
    return 0
  }
  const number = (name: NumberOption, least: number, most: number) =>
    readNumber(`--${name}`, values[name], { least, most })
  const usage = {
    textsPerRequest: number('texts', 1, 2048),
    coldShare: number('cold', 0, 100) / 100,
    temporaryMegabytes: number('tmp', 512, 10_240),
  }
  const [targetMs, speed] = [number('target', 1, 900_000), number('speed', 0.01, 100)]
  const measurements = JSON.parse(readFileSync(values.measurements, 'utf8')) as Measurement[]
  console.log(`Prices of ${prices.date}, ${prices.region}; src/prices.json names their sources.`)
  for (const measurement of measurements)
    console.log(`\n${describeModel(atSpeed(measurement, speed), { prices, usage, targetMs })}`)
  return 0
}

await runNpmTool({ shape: SHAPE, run: cost })
