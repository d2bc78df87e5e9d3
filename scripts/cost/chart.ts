import { toMarkup } from '../dashboard/preview/svg.ts'
import type { Measurement } from './lambda.ts'
import { money, offersFor, type Question } from './report.ts'

const WIDTH = 860
const PANEL = { width: 390, height: 300, top: 74, gap: 30, left: 46 }
const LOADS = { least: 0.001, most: 1000 }
const COSTS = { least: 0.1, most: 100_000 }
const POINTS = 120

const STYLES = [
  { color: '#0f7b6c', width: 3, dash: '' },
  { color: '#e76f51', width: 1.8, dash: '' },
  { color: '#8338ec', width: 1.8, dash: '' },
  { color: '#8d99ae', width: 1.4, dash: '1 4' },
  { color: '#3d5a80', width: 1.4, dash: '6 4' },
  { color: '#b08968', width: 1.4, dash: '1 4' },
  { color: '#c9184a', width: 1.4, dash: '3 3' },
  { color: '#ff9f1c', width: 1.4, dash: '8 3 2 3' },
] as const

/** Costs of a month over loads, both by powers of ten: a panel for each of two models, on arm64. */
export function drawCosts(measurements: readonly Measurement[], question: Question): string {
  const panels = measurements.slice(0, 2).map((measurement, index) => drawPanel(measurement, question, index))
  const names = panels.find(({ names: each }) => each.length > 0)?.names ?? []
  const legend = drawLegend(names)
  const height = PANEL.top + PANEL.height + 46 + legend.height
  const { prices, usage } = question
  const subtitle = `US dollars a month at a steady load, ${usage.textsPerRequest} text${usage.textsPerRequest === 1 ? '' : 's'} in a request, ${prices.region} (arm64), prices of ${prices.date}; both axes by powers of ten`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="Inter, Helvetica, Arial, sans-serif" font-size="11" fill="#3c4662">
<title>Monthly cost of vectors on Lambda, on servers and from APIs, by load</title>
<rect width="${WIDTH}" height="${height}" rx="14" fill="#fff"/>
<text x="${PANEL.left}" y="28" font-size="17" font-weight="600" fill="#16213e">What vectors cost</text>
<text x="${PANEL.left}" y="45" fill="#7a849c">${toMarkup(subtitle)}</text>
${panels.map(({ svg }) => svg).join('\n')}
${legend.svg}
</svg>
`
}

function drawPanel(measurement: Measurement, question: Question, index: number) {
  const offer = offersFor(measurement, question).find(({ architecture }) => architecture === 'arm64')
  const left = PANEL.left + index * (PANEL.width + PANEL.gap)
  const rivals = offer?.rivals ?? []
  const lines = rivals.map(({ monthlyAt }, order) => {
    const { color, width, dash } = STYLES[order % STYLES.length]!
    const points = Array.from({ length: POINTS + 1 }, (_, step) => {
      const load = LOADS.least * (LOADS.most / LOADS.least) ** (step / POINTS)
      return [xOf(load, left), yOf(monthlyAt(load))] as const
    })
    return `<polyline points="${within(points)}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linejoin="round"${dash && ` stroke-dasharray="${dash}"`}/>`
  })
  const title = `${measurement.model} · texts of ${measurement.tokens} tokens`
  const size = offer?.best ? `${offer.best.megabytes} MB, $${money(offer.best.cost.total)} a million` : ''
  const svg = [
    ...grid(left),
    ...lines.reverse(),
    `<text x="${left}" y="${PANEL.top - 10}" font-weight="600" fill="#16213e">${toMarkup(title)}</text>`,
    `<text x="${left + PANEL.width - 16}" y="${PANEL.top - 10}" text-anchor="end" fill="#0f7b6c">${toMarkup(size)}</text>`,
  ].join('\n')
  return { svg, names: rivals.map(({ name }) => name) }
}

/** Only what lies within the panel; lines end at its edges. */
function within(points: readonly (readonly [number, number])[]): string {
  const [top, bottom] = [PANEL.top, PANEL.top + PANEL.height]
  return points
    .filter(([, y]) => y >= top && y <= bottom)
    .map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`)
    .join(' ')
}

function share(value: number, { least, most }: { least: number; most: number }): number {
  return Math.log10(value / least) / Math.log10(most / least)
}

function xOf(load: number, left: number): number {
  return left + share(load, LOADS) * (PANEL.width - 16)
}

function yOf(dollars: number): number {
  return PANEL.top + PANEL.height * (1 - share(Math.max(dollars, 1e-9), COSTS))
}

function grid(left: number): string[] {
  const right = left + PANEL.width - 16
  const decades = (range: { least: number; most: number }) =>
    Array.from(
      { length: Math.round(Math.log10(range.most / range.least)) + 1 },
      (_, step) => range.least * 10 ** step,
    )
  const costs = decades(COSTS).map((dollars) => {
    const y = yOf(dollars).toFixed(1)
    const label = dollars >= 1000 ? `${dollars / 1000}k` : String(Number(dollars.toPrecision(1)))
    return `<line x1="${left}" x2="${right}" y1="${y}" y2="${y}" stroke="#edf0f5"/><text x="${left - 6}" y="${Number(y) + 3}" text-anchor="end" font-size="10" fill="#7a849c">${label}</text>`
  })
  const loads = decades(LOADS).map((load) => {
    const x = xOf(load, left).toFixed(1)
    return `<line x1="${x}" x2="${x}" y1="${PANEL.top}" y2="${PANEL.top + PANEL.height}" stroke="#f4f6fa"/><text x="${x}" y="${PANEL.top + PANEL.height + 15}" text-anchor="middle" font-size="10" fill="#7a849c">${Number(load.toPrecision(1))}</text>`
  })
  const caption = `<text x="${right}" y="${PANEL.top + PANEL.height + 29}" text-anchor="end" font-size="10" fill="#a3acc0">texts a second</text>`
  return [...loads, ...costs, caption]
}

function drawLegend(names: readonly string[]) {
  const columns = 3
  const top = PANEL.top + PANEL.height + 52
  const svg = names
    .map((name, index) => {
      const { color, width, dash } = STYLES[index % STYLES.length]!
      const x = PANEL.left + (index % columns) * 274
      const y = top + Math.floor(index / columns) * 19
      return `<line x1="${x}" x2="${x + 20}" y1="${y - 4}" y2="${y - 4}" stroke="${color}" stroke-width="${width}"${dash && ` stroke-dasharray="${dash}"`}/><text x="${x + 26}" y="${y}"${index === 0 ? ' font-weight="600"' : ''}>${toMarkup(name)}</text>`
    })
    .join('\n')
  return { svg, height: Math.ceil(names.length / columns) * 19 + 10 }
}
