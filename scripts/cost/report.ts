import {
  atSpeed,
  type Cost,
  cheapest,
  type Measurement,
  monthlyFixed,
  type Size,
  sizesOf,
  type Usage,
} from './lambda.ts'
import { ARCHITECTURES, type Architecture, type Prices } from './prices.ts'
import { apiRivals, breakEven, fargateRival, lambdaRival, managedRival, type Rival } from './rivals.ts'

/** What is asked. */
export interface Question {
  readonly prices: Prices
  readonly usage: Usage
  /** How fast a processor of Lambda is beside the one that was measured, arm64 or x64. */
  readonly speed: number
  /** Most milliseconds of the 95th percentile. */
  readonly targetMs: number
  /** Texts a second at which monthly costs are compared. */
  readonly loads: readonly number[]
}

/** A model on one architecture. */
export interface Offer {
  readonly architecture: Architecture
  readonly sizes: readonly Size[]
  /** The cheapest size below the target. */
  readonly best: Size | undefined
  readonly rivals: readonly (Rival & { readonly breakEven: number | undefined })[]
}

/** A model on every architecture. */
export function offersFor(measured: Measurement, { prices, usage, speed, targetMs }: Question): Offer[] {
  const measurement = atSpeed(measured, speed)
  return ARCHITECTURES.map((architecture) => {
    const sizes = sizesOf(prices, architecture, measurement, usage)
    const best = cheapest(sizes, targetMs)
    if (!best) return { architecture, sizes, best, rivals: [] }
    const ours = lambdaRival('Lambda', best.cost.total)
    const { textsPerRequest } = usage
    const rivals = [
      fargateRival(prices, architecture, measurement, { textsPerRequest, transfer: best.cost.transfer }),
      managedRival(prices, architecture, measurement, {
        textsPerRequest,
        transfer: best.cost.transfer + best.cost.logs,
      }),
      ...apiRivals(prices, measurement.tokens),
    ]
    return {
      architecture,
      sizes,
      best,
      rivals: [
        { ...ours, breakEven: undefined },
        ...rivals.map((rival) => ({ ...rival, breakEven: breakEven(ours, rival) })),
      ],
    }
  })
}

/** Custom metrics that a model has in a month of ordinary use. */
const USUAL_METRICS = 16

/** Everything about a model, for a terminal. */
export function describeModel(measurement: Measurement, question: Question): string {
  const { targetMs, prices, loads } = question
  const offers = offersFor(measurement, question)
  const fixed = monthlyFixed(prices, measurement, USUAL_METRICS)
  return [
    heading(measurement, question),
    '',
    ...offers.flatMap(({ architecture, sizes, best }) => [
      `${architecture}: US dollars for a million texts`,
      table(
        [
          'memory',
          'p95',
          'cold start',
          'total',
          'compute',
          'of it cold',
          'requests',
          '/tmp',
          'transfer',
          'logs',
          '',
        ],
        sizes.map((size) => sizeRow(size, best, targetMs)),
      ),
      best
        ? `Cheapest below ${targetMs} ms: ${best.megabytes} MB.\n`
        : `No size answers 95 of 100 requests within ${targetMs} ms.\n`,
    ]),
    `Each month, whatever the load: ${money(fixed.s3)} for the model in S3 (nothing in the layer), ${money(fixed.metrics)} for ${USUAL_METRICS} metrics in two sets of dimensions.`,
    '',
    ...offers.filter(({ best }) => best).map((offer) => comparison(offer, loads)),
  ].join('\n')
}

function heading(measurement: Measurement, { usage, speed }: Question): string {
  const { model, tokens, one, coldMs, megabytes, machine, date } = measurement
  const { textsPerRequest, coldShare } = usage
  return [
    `${model}, texts of ${tokens} tokens, ${textsPerRequest} in a request, ${100 * coldShare} % of requests cold`,
    `  measured ${date} on ${machine}: ${one.p50} ms a text (p95 ${one.p95}), ${coldMs} ms cold, ${megabytes} MB`,
    `  a processor of Lambda is taken to be ${speed} × as fast, on arm64 as on x64 (--speed)`,
  ].join('\n')
}

function sizeRow(
  { megabytes, p95Ms, coldMs, cost }: Size,
  best: Size | undefined,
  targetMs: number,
): string[] {
  const parts: (keyof Cost)[] = ['total', 'compute']
  const rest: (keyof Cost)[] = ['requests', 'temporary', 'transfer', 'logs']
  return [
    `${megabytes} MB`,
    `${short(p95Ms)} ms`,
    `${short(coldMs)} ms`,
    ...parts.map((part) => money(cost[part])),
    `${((100 * cost.cold) / cost.compute).toFixed(0)} %`,
    ...rest.map((part) => money(cost[part])),
    megabytes === best?.megabytes ? '← cheapest' : p95Ms > targetMs ? 'too slow' : '',
  ]
}

function comparison({ architecture, rivals }: Offer, loads: readonly number[]): string {
  const rows = rivals.map(({ name, monthlyAt, breakEven: load }, index) => [
    name,
    ...loads.map((each) => money(monthlyAt(each))),
    index === 0
      ? ''
      : load === undefined
        ? 'never'
        : load === 0
          ? 'always'
          : `from ${Number(load.toPrecision(2))} texts/s`,
  ])
  const header = ['', ...loads.map((load) => `${load} texts/s`), 'cheaper than Lambda']
  return `${architecture}: US dollars a month at a steady load\n${table(header, rows)}\n`
}

/** A number in at most four characters or its whole part. */
function short(value: number): string {
  return value < 100 ? value.toPrecision(2) : String(Math.round(value))
}

/** Dollars with the digits that matter. */
export function money(dollars: number): string {
  if (dollars === 0) return '0'
  if (dollars < 0.01) return dollars.toPrecision(1)
  return dollars < 100 ? dollars.toFixed(2) : Math.round(dollars).toLocaleString('en-US')
}

/** Columns of one width each; the first to the left, the others to the right but for words at the end. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const last = header.length - 1
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 0 || column === last ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd()
  return [line(header), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)]
    .map((text) => `  ${text}`)
    .join('\n')
}
