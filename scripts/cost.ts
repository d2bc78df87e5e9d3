import { readFileSync, writeFileSync } from 'node:fs'
import { drawCosts } from './cost/chart.ts'
import type { Measurement } from './cost/lambda.ts'
import { MINI_LM, measureModel } from './cost/measure.ts'
import { questionOf, readOptions, USAGE } from './cost/options.ts'
import { PRICES } from './cost/prices.ts'
import { describeModel } from './cost/report.ts'

const MEASUREMENTS = 'scripts/cost/measurements.json'

async function cost(values: string[]): Promise<void> {
  const options = readOptions(values)
  const question = questionOf(options, PRICES)
  const measurements: Measurement[] = []
  if (options.measure) {
    for (const model of options.models) measurements.push(await measureModel(model, options.tokens))
  } else {
    measurements.push(...(JSON.parse(readFileSync(options.measurements, 'utf8')) as Measurement[]))
  }
  console.log(`Prices of ${PRICES.date}, ${PRICES.region}; scripts/cost/prices.json names their sources.\n`)
  for (const measurement of measurements) console.log(describeModel(measurement, question))
  writeFileSync(options.chart, drawCosts(measurements, question))
  console.log(`The chart is in ${options.chart}.`)
  if (options.save) writeFileSync(MEASUREMENTS, `${JSON.stringify(measurements, null, 2)}\n`)
}

if (process.argv.includes('--help')) console.log(USAGE(MINI_LM, MEASUREMENTS))
else await cost(process.argv.slice(2))
