import { type Comparison, MEASURES } from './ranking.ts'

const COLOURS = ['#3b6fb6', '#e0862f', '#4c9f70', '#b64a5a', '#7b5ea7', '#5c6b73']
const BAR = 14
const GROUP_GAP = 18
const LABEL_WIDTH = 90
const PLOT_WIDTH = 420
const PANEL_HEAD = 34
const MARGIN = 16
const KEY_HEIGHT = 15

/** Comparisons as an SVG: a panel each, a group of bars for each measure, whiskers for the 95 % intervals. */
export function drawChart(comparisons: readonly Comparison[]): string {
  const names = [
    ...new Set(comparisons.flatMap(({ outcomes }) => outcomes.map(({ contender }) => contender))),
  ]
  const groupHeight = names.length * BAR + GROUP_GAP
  const panelHeight = PANEL_HEAD + MEASURES.length * groupHeight
  const legend = 2 * MARGIN + names.length * KEY_HEIGHT
  const width = LABEL_WIDTH + PLOT_WIDTH + 3 * MARGIN
  const height = legend + comparisons.length * (panelHeight + MARGIN)
  const panels = comparisons.map((comparison, index) => {
    const top = legend + index * (panelHeight + MARGIN)
    return `<g transform="translate(${MARGIN} ${top})">${drawPanel(comparison, names, groupHeight)}</g>`
  })
  const keys = names.map(drawKey)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
${keys.join('\n')}
${panels.join('\n')}
</svg>
`
}

function drawKey(name: string, index: number): string {
  const top = MARGIN + index * KEY_HEIGHT
  return `<rect x="${MARGIN}" y="${top}" width="10" height="10" fill="${colourOf(index)}"/><text x="${MARGIN + 16}" y="${top + 9}">${escapeXml(name)}</text>`
}

function drawPanel(comparison: Comparison, names: readonly string[], groupHeight: number): string {
  const kept = comparison.split === 'query' ? 'by query' : 'by candidate'
  const title = `<text y="14" font-weight="bold">${escapeXml(`${comparison.task}, split ${kept}`)}</text>`
  const bottom = PANEL_HEAD + MEASURES.length * groupHeight - GROUP_GAP
  const grid = [0, 0.25, 0.5, 0.75, 1].map((value) => {
    const x = LABEL_WIDTH + value * PLOT_WIDTH
    return `<line x1="${x}" y1="${PANEL_HEAD - 6}" x2="${x}" y2="${bottom}" stroke="#ddd"/><text x="${x}" y="${PANEL_HEAD - 9}" text-anchor="middle" fill="#666" font-size="9">${value}</text>`
  })
  const groups = MEASURES.map((measure, index) => {
    const top = PANEL_HEAD + index * groupHeight
    const label = `<text x="${LABEL_WIDTH - 8}" y="${top + (names.length * BAR) / 2 + 4}" text-anchor="end">${measure}</text>`
    const bars = comparison.outcomes.map(({ contender, measured }) => {
      const row = names.indexOf(contender)
      return drawBar(top + row * BAR, measured[measure], colourOf(row))
    })
    return label + bars.join('')
  })
  return title + grid.join('') + groups.join('')
}

function drawBar(
  top: number,
  { mean, low, high }: { mean: number; low: number; high: number },
  colour: string,
): string {
  const at = (value: number) => (LABEL_WIDTH + value * PLOT_WIDTH).toFixed(1)
  const middle = top + BAR / 2
  return `<rect x="${LABEL_WIDTH}" y="${top + 1}" width="${(mean * PLOT_WIDTH).toFixed(1)}" height="${BAR - 3}" fill="${colour}"><title>${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]</title></rect><path d="M${at(low)} ${middle}H${at(high)}M${at(low)} ${middle - 3}v6M${at(high)} ${middle - 3}v6" stroke="#222" fill="none"/>`
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length]!
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
