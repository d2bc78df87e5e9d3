import type { ChartProperties } from '../widgets.ts'
import type { DrawnLine } from './lines.ts'
import type { Grid, Values } from './points.ts'
import { type Scale, scaleFor, short } from './scale.ts'

/** Inner margins of a chart in pixels. */
const MARGIN = { top: 22, right: 14, bottom: 22, left: 46 }
const RIGHT_AXIS = 46
const TIME_MARKS = 4
const LETTER_WIDTH = 5.6
const LEGEND_LINE = 15

/** The text with what XML gives a meaning replaced. */
export function toMarkup(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** Where a chart's lines are drawn. */
interface Plot {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  readonly grid: Grid
}

/** A chart of lines or stacked areas over time, with its legend. */
export function drawChart(
  { stacked, yAxis }: ChartProperties,
  lines: readonly DrawnLine[],
  grid: Grid,
  size: { readonly width: number; readonly height: number },
): string {
  if (lines.length === 0) return frame(size, nothing(size))
  const legend = drawLegend(lines, size)
  const hasRight = lines.some(({ right }) => right)
  const plot: Plot = {
    left: MARGIN.left,
    top: MARGIN.top,
    width: size.width - MARGIN.left - (hasRight ? RIGHT_AXIS : MARGIN.right),
    height: size.height - MARGIN.top - MARGIN.bottom - legend.height,
    grid,
  }
  const left = stacked ? stack(lines) : lines.filter(({ right }) => !right)
  const right = lines.filter((line) => line.right)
  const leftScale = scaleFor(largest(left), yAxis?.left?.max)
  const parts = [
    gridLines(plot, leftScale),
    axisLabels(plot, leftScale, yAxis?.left?.label ?? '', 'left'),
    timeLabels(plot),
    ...(stacked ? [...left].reverse().map((line) => area(plot, leftScale, line)) : []),
    ...(stacked ? [] : left.map((line) => path(plot, leftScale, line))),
  ]
  if (right.length > 0) {
    const scale = scaleFor(largest(right))
    parts.push(axisLabels(plot, scale, yAxis?.right?.label ?? '', 'right'))
    parts.push(...right.map((line) => path(plot, scale, line, '4 3')))
  }
  return frame(size, [...parts, legend.svg].join(''))
}

function frame({ width, height }: { width: number; height: number }, inner: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${inner}</svg>`
}

function nothing({ width, height }: { width: number; height: number }): string {
  return `<text class="none" x="${width / 2}" y="${height / 2}" text-anchor="middle">nothing happened</text>`
}

function largest(lines: readonly { readonly values: Values }[]): number {
  const most = Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)))
  return most > 0 ? most : 1
}

/** Each line upon the sum of those before it. */
function stack(lines: readonly DrawnLine[]): DrawnLine[] {
  const sums: number[] = []
  return lines.map((line) => ({
    ...line,
    values: line.values.map((value, index) => {
      sums[index] = (sums[index] ?? 0) + (value ?? 0)
      return sums[index]
    }),
  }))
}

function place({ left, top, width, height, grid }: Plot, { top: most }: Scale, index: number, value: number) {
  const x = left + ((index + 0.5) / grid.count) * width
  const y = top + height * (1 - Math.min(value, most) / most)
  return `${x.toFixed(1)},${y.toFixed(1)}`
}

/** A line, interrupted where nothing was measured; a value between two gaps is a dot. */
function path(plot: Plot, scale: Scale, { values, color }: DrawnLine, dash?: string): string {
  const runs: string[][] = [[]]
  values.forEach((value, index) => {
    if (value === undefined) runs.push([])
    else runs.at(-1)!.push(place(plot, scale, index, value))
  })
  const dashes = dash ? ` stroke-dasharray="${dash}"` : ''
  return runs
    .filter((run) => run.length > 0)
    .map((run) => {
      const [x, y] = run[0]!.split(',')
      if (run.length === 1) return `<circle cx="${x}" cy="${y}" r="2.4" fill="${color}"/>`
      return `<polyline points="${run.join(' ')}" fill="none" stroke="${color}"${dashes}/>`
    })
    .join('')
}

function area(plot: Plot, scale: Scale, { values, color }: DrawnLine): string {
  const points = values.map((value, index) => place(plot, scale, index, value ?? 0))
  const [firstX] = points[0]!.split(',')
  const [lastX] = points.at(-1)!.split(',')
  const ground = (plot.top + plot.height).toFixed(1)
  const outline = `${firstX},${ground} ${points.join(' ')} ${lastX},${ground}`
  // White below, so that what lies behind does not shine through.
  return `<polygon points="${outline}" fill="#fff"/><polygon points="${outline}" fill="${color}" fill-opacity=".28"/><polyline points="${points.join(' ')}" fill="none" stroke="${color}"/>`
}

function gridLines({ left, top, width, height }: Plot, { marks, top: most }: Scale): string {
  return marks
    .map((mark) => {
      const y = (top + height * (1 - mark / most)).toFixed(1)
      return `<line class="${mark === 0 ? 'axis' : 'grid'}" x1="${left}" x2="${left + width}" y1="${y}" y2="${y}"/>`
    })
    .join('')
}

function axisLabels(
  { left, top, width, height }: Plot,
  { marks, top: most }: Scale,
  unit: string,
  side: 'left' | 'right',
): string {
  const x = side === 'left' ? left - 6 : left + width + 6
  const anchor = side === 'left' ? 'end' : 'start'
  const labels = marks.map((mark) => {
    const y = (top + height * (1 - mark / most) + 3).toFixed(1)
    return `<text x="${x}" y="${y}" text-anchor="${anchor}">${short(mark)}</text>`
  })
  const unitX = side === 'left' ? 4 : left + width + RIGHT_AXIS - 2
  const unitAnchor = side === 'left' ? 'start' : 'end'
  return `${labels.join('')}<text class="unit" x="${unitX}" y="9" text-anchor="${unitAnchor}">${toMarkup(unit)}</text>`
}

function timeLabels({ left, top, width, height, grid }: Plot): string {
  const seconds = grid.count * grid.seconds
  return Array.from({ length: TIME_MARKS + 1 }, (_, index) => {
    const x = (left + (index / TIME_MARKS) * width).toFixed(1)
    const label = `${Number(((index / TIME_MARKS) * seconds).toFixed(1))} s`
    return `<text x="${x}" y="${top + height + 14}" text-anchor="middle">${label}</text>`
  }).join('')
}

/** The labels in as many rows as they need; what does not fit in three is counted. */
function drawLegend(lines: readonly DrawnLine[], { width, height }: { width: number; height: number }) {
  const rows: { label: string; color: string; x: number; row: number }[] = []
  let [x, row] = [MARGIN.left, 0]
  for (const { label, color } of lines) {
    const needed = 20 + label.length * LETTER_WIDTH
    if (x + needed > width - 8 && x > MARGIN.left) [x, row] = [MARGIN.left, row + 1]
    rows.push({ label, color, x, row })
    x += needed
  }
  const shown = rows.filter((entry) => entry.row < 3)
  const count = Math.max(...shown.map((entry) => entry.row)) + 1
  const begin = height - count * LEGEND_LINE + 6
  const svg = shown
    .map(({ label, color, x: at, row: line }) => {
      const y = begin + line * LEGEND_LINE
      return `<circle cx="${at + 4}" cy="${y - 3.5}" r="3.5" fill="${color}"/><text class="legend" x="${at + 12}" y="${y}">${toMarkup(label)}</text>`
    })
    .join('')
  return { svg, height: count * LEGEND_LINE }
}
