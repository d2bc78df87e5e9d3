import { isRecord } from '../is-record.ts'
import type { Interval } from './bootstrap.ts'

const LINES = [
  ['base', 'base', '#5c6b73'],
  ['learned', 'learned', '#3b6fb6'],
  ['popularity', 'base + popularity alone', '#e0862f'],
  ['permuted', 'base, labels dealt out at random', '#b64a5a'],
] as const
const GROUPS = [
  ['MRR', ['micro', 'mrr']],
  ['recall@10', ['micro', 'recall10']],
  ['MRR, each label once', ['macro', 'mrr']],
  ['recall@10, each label once', ['macro', 'recall10']],
  ['MRR, labels without pairs', ['withoutPairs', 'mrr']],
] as const
const [BAR, GAP, LABEL_WIDTH, PLOT_WIDTH, MARGIN, KEY_HEIGHT, HEAD] = [14, 16, 170, 420, 16, 15, 26]
const LONGEST_NAME = 80

/**
 * A report as an SVG of a few kilobytes: a group of bars for each measure, whiskers for the 95 % intervals, guards below.
 * Nothing in it runs or loads; what a report lacks is left out.
 */
export function drawReport(report: object): string {
  const groups = GROUPS.flatMap(([name, path]) => {
    const bars = LINES.flatMap(([line, , colour]) => {
      const found = intervalAt(report, ['lines', line, ...path])
      return found ? [{ interval: found, colour }] : []
    })
    return bars.length === 0 ? [] : [{ name, bars }]
  })
  const guards = guardsOf(report)
  const all = [...groups, ...guards]
  const titleTop = MARGIN + 12
  const keysTop = titleTop + 14
  const plotTop = keysTop + LINES.length * KEY_HEIGHT + HEAD
  let top = plotTop
  const drawn = all.map((group) => {
    const part = drawGroup(group, top)
    top += group.bars.length * BAR + GAP
    return part
  })
  const [width, height] = [LABEL_WIDTH + PLOT_WIDTH + 2 * MARGIN + 30, top + MARGIN]
  const keys = LINES.map(([, name, colour], index) => {
    const y = keysTop + index * KEY_HEIGHT
    return `<rect x="${MARGIN}" y="${y}" width="10" height="10" fill="${colour}"/><text x="${MARGIN + 16}" y="${y + 9}">${name}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${MARGIN}" y="${titleTop}" font-weight="bold" font-size="13">${titleOf(report)}</text>
${keys.join('\n')}
${drawGrid(plotTop, top - GAP)}
${drawn.join('\n')}
</svg>
`
}

interface Group {
  readonly name: string
  readonly bars: readonly { readonly interval: Interval; readonly colour: string }[]
}

function guardsOf(report: object): Group[] {
  const guards: unknown = valueAt(report, ['guards'])
  if (!Array.isArray(guards)) return []
  return guards.flatMap((guard: unknown) => {
    const [base, learned] = [valueAt(guard, ['base']), valueAt(guard, ['learned'])]
    if (!isNumber(base) || !isNumber(learned)) return []
    const name = `${textAt(guard, ['measure'])} of ${textAt(guard, ['name'])}`
    const bars = [base, learned].map((mean, line) => ({
      interval: { mean, low: mean, high: mean },
      colour: LINES[line]![2],
    }))
    return [{ name, bars }]
  })
}

function titleOf(report: object): string {
  const ships = valueAt(report, ['decision', 'ships'])
  const outcome = ships === true ? ': better' : ships === false ? ': refused' : ''
  const queries = valueAt(report, ['split', 'validationQueries'])
  const on = isNumber(queries) ? `, on ${queries} held back queries` : ''
  return escapeXml(`Learned on ${textAt(report, ['base', 'id'])}${outcome}${on}`)
}

function drawGrid(top: number, bottom: number): string {
  return [0, 0.25, 0.5, 0.75, 1]
    .map((value) => {
      const x = xOf(value)
      return `<line x1="${x}" y1="${top - 6}" x2="${x}" y2="${bottom}" stroke="#ddd"/><text x="${x}" y="${top - 9}" text-anchor="middle" fill="#666" font-size="9">${value}</text>`
    })
    .join('\n')
}

function drawGroup({ name, bars }: Group, top: number): string {
  const label = `<text x="${LABEL_WIDTH}" y="${top + (bars.length * BAR) / 2 + 4}" text-anchor="end">${escapeXml(name)}</text>`
  const drawn = bars.map(({ interval: { mean, low, high }, colour }, index) => {
    const y = top + index * BAR
    const middle = y + BAR / 2
    const whisker =
      low === high
        ? ''
        : `<path d="M${xOf(low)} ${middle}H${xOf(high)}M${xOf(low)} ${middle - 3}v6M${xOf(high)} ${middle - 3}v6" stroke="#222" fill="none"/>`
    const length = Math.max(0, xOf(mean) - xOf(0)).toFixed(1)
    return `<rect x="${xOf(0)}" y="${y + 1}" width="${length}" height="${BAR - 3}" fill="${colour}"><title>${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]</title></rect>${whisker}`
  })
  return label + drawn.join('')
}

function xOf(value: number): number {
  const within = Math.min(1, Math.max(0, value))
  return Math.round(10 * (MARGIN + LABEL_WIDTH + within * PLOT_WIDTH)) / 10
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (isRecord(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  )
}

function intervalAt(value: unknown, path: readonly string[]): Interval | undefined {
  const found = valueAt(value, path)
  if (!isRecord(found)) return undefined
  const { mean, low, high } = found
  return isNumber(mean) && isNumber(low) && isNumber(high) ? { mean, low, high } : undefined
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function textAt(value: unknown, path: readonly string[]): string {
  const found = valueAt(value, path)
  return typeof found === 'string' ? found.slice(0, LONGEST_NAME) : ''
}

function escapeXml(text: string): string {
  const plain = text.replaceAll(/[^\P{C}]/gu, ' ')
  return plain
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
