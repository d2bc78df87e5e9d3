import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import prices from '../src/prices.json' with { type: 'json' }
import { readNumber } from './console/options.ts'
import { atSpeed, type Measurement } from './cost/lambda.ts'
import { describeModel } from './cost/report.ts'

const MEASUREMENTS = 'scripts/cost/measurements.json'
const USAGE = `npm run cost -- [option …]
  --texts 1            texts in a request
  --cold 1             percent of requests that find no warm instance
  --tmp 512            megabytes of /tmp
  --target 100         most milliseconds of the 95th percentile
  --speed 1            how fast a processor of Lambda is beside the one that was measured
  --measurements ${MEASUREMENTS}
                       measurements of your own, in that form (npm run bench gives them)`

function cost(args: string[]): void {
  const options = { texts: '1', cold: '1', tmp: '512', target: '100', speed: '1', measurements: MEASUREMENTS }
  const { values } = parseArgs({
    args,
    options: Object.fromEntries(
      Object.entries(options).map(([name, usual]) => [name, { type: 'string', default: usual } as const]),
    ),
  })
  const number = (name: keyof typeof options, least: number, most: number) =>
    readNumber(`--${name}`, values[name]!, { least, most })
  const usage = {
    textsPerRequest: number('texts', 1, 2048),
    coldShare: number('cold', 0, 100) / 100,
    temporaryMegabytes: number('tmp', 512, 10_240),
  }
  const [targetMs, speed] = [number('target', 1, 900_000), number('speed', 0.01, 100)]
  const measurements = JSON.parse(readFileSync(values.measurements!, 'utf8')) as Measurement[]
  console.log(`Prices of ${prices.date}, ${prices.region}; src/prices.json names their sources.`)
  for (const measurement of measurements)
    console.log(`\n${describeModel(atSpeed(measurement, speed), { prices, usage, targetMs })}`)
}

if (process.argv.includes('--help')) console.log(USAGE)
else cost(process.argv.slice(2))
