import type { ChartProperties, MetricRow } from '../widgets.ts'
import { styleOf } from '../widgets.ts'
import { calculate, type Found, type Outcome, type Scope } from './math.ts'
import { type Grid, type Point, select, summarize, type Values } from './points.ts'

/** A line as it is drawn. */
export interface DrawnLine {
  readonly label: string
  readonly color: string
  readonly right: boolean
  readonly values: Values
}

/** Told apart by people who see colours differently, too. */
const PALETTE = [
  ...['#4361ee', '#2a9d8f', '#f7b538', '#e76f51', '#8338ec', '#ef476f', '#118ab2', '#6a994e'],
  ...['#bc6c25', '#577590', '#c77dff', '#b5838d', '#3a5a40', '#ffafcc', '#80a4ed'],
]

/** The lines of a chart: what its rows come to over the points that were measured. */
export function linesOf(
  { metrics, stat }: ChartProperties,
  points: readonly Point[],
  grid: Grid,
): DrawnLine[] {
  const named = new Map<string, Outcome>()
  const scope: Scope = { points, grid, named }
  const lines: DrawnLine[] = []
  for (const row of metrics) {
    const style = styleOf(row)
    const outcome =
      style.expression === undefined ? measured(row, stat, scope) : calculate(style.expression, scope)
    if (typeof outcome === 'number') continue
    const labelled = outcome.map((found) => ({ ...found, label: labelOf(style.label, found) }))
    if (style.id !== undefined) named.set(style.id, labelled)
    if (style.visible === false) continue
    for (const found of labelled) {
      if (found.values.every((value) => value === undefined)) continue
      const color = style.color ?? PALETTE[lines.length % PALETTE.length]!
      lines.push({
        label: found.label,
        color,
        right: style.yAxis === 'right',
        values: found.values,
      })
    }
  }
  return lines
}

function measured(row: MetricRow, stat: string, { points, grid }: Scope): Found[] {
  const [namespace, name, ...pairs] = row.slice(0, -1) as string[]
  const dimensions: Record<string, string> = {}
  for (let index = 0; index < pairs.length; index += 2) dimensions[pairs[index]!] = pairs[index + 1]!
  const found = select(points, namespace!, name!, dimensions)
  return [{ dimensions, values: summarize(found, styleOf(row).stat ?? stat, grid) }]
}

/** Labels such as `${PROP('Dim.Model')}` are filled in with the line's own dimensions; an empty one keeps the line's. */
function labelOf(label: string | undefined, { dimensions, label: own }: Found): string {
  return (label || (own ?? '')).replace(
    /\$\{PROP\('Dim\.(\w+)'\)\}/g,
    (_, name: string) => dimensions[name] ?? '',
  )
}
