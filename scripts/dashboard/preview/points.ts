/** One value of a metric, as CloudWatch would have it. */
export interface Point {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  /** Epoch milliseconds. */
  readonly time: number
  readonly value: number
}

interface EmfDocument {
  readonly _aws: {
    readonly Timestamp: number
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string
      readonly Dimensions: readonly (readonly string[])[]
      readonly Metrics: readonly { readonly Name: string }[]
    }[]
  }
  readonly [field: string]: unknown
}

/** The points that CloudWatch makes of one line in its embedded format: each metric once for each set of dimensions. */
export function pointsOf(line: string): Point[] {
  const document = JSON.parse(line) as EmfDocument
  const { Timestamp: time, CloudWatchMetrics } = document._aws
  return CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, String(document[name])]))
      return Metrics.map(({ Name: name }) => ({
        ...{ namespace, name, dimensions, time },
        value: Number(document[name]),
      }))
    }),
  )
}

/** The times that a chart is made of: `count` periods of `seconds` each, from `start` in epoch milliseconds. */
export interface Grid {
  readonly start: number
  readonly seconds: number
  readonly count: number
}

/** One value for each period of a grid, undefined where nothing was measured. */
export type Values = readonly (number | undefined)[]

/** The points of one metric, summed up over each period as `stat` says. */
export function summarize(points: readonly Point[], stat: string, { start, seconds, count }: Grid): Values {
  const periods = Array.from({ length: count }, (): number[] => [])
  for (const { time, value } of points) {
    periods[Math.floor((time - start) / (1000 * seconds))]?.push(value)
  }
  return periods.map((values) => (values.length === 0 ? undefined : statisticOf(values, stat)))
}

/**
 * A statistic as CloudWatch names it; percentiles by the nearest rank.
 *
 * @param values at least one
 * @throws TypeError for a name that is none
 */
export function statisticOf(values: readonly number[], stat: string): number {
  const sum = () => values.reduce((total, value) => total + value, 0)
  if (stat === 'Sum') return sum()
  if (stat === 'Average') return sum() / values.length
  if (stat === 'Maximum') return Math.max(...values)
  const percent = Number(/^p(\d+(?:\.\d+)?)$/.exec(stat)?.[1] ?? Number.NaN)
  if (Number.isNaN(percent))
    throw new TypeError(`The dashboard has the statistic ${stat}; expected Sum, Average, Maximum or p50.`)
  const sorted = [...values].sort((first, second) => first - second)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!
}

/** The points with this name and exactly these dimensions. */
export function select(
  points: readonly Point[],
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>>,
): Point[] {
  const wanted = keyOf(dimensions)
  return points.filter(
    (point) => point.name === name && point.namespace === namespace && keyOf(point.dimensions) === wanted,
  )
}

/** The same for the same dimensions in any order. */
export function keyOf(dimensions: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(dimensions).sort(([first], [second]) => (first < second ? -1 : 1)))
}
