import type { ChartProperties, DashboardBody, Widget } from '../widgets.ts'
import { linesOf } from './lines.ts'
import type { Grid, Point } from './points.ts'
import { short } from './scale.ts'
import { drawChart, toMarkup } from './svg.ts'

const COLUMN = 62
const ROW = 46
const GAP = 10
/** What a card has around its chart. */
const CARD = { padding: 12, title: 28 }

const STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; padding: 28px; background: #f3f5f9; font: 13px/1.45 Inter, "Helvetica Neue", Arial, "Noto Sans CJK SC", sans-serif; color: #16213e; }
main { position: relative; margin: 0 auto; }
article { position: absolute; background: #fff; border-radius: 12px; border: 1px solid #e4e8f0; box-shadow: 0 1px 3px rgb(22 33 62 / 5%); padding: ${CARD.padding}px; overflow: hidden; }
article.words { background: none; border: 0; box-shadow: none; padding: 4px 2px; display: flex; flex-direction: column; justify-content: flex-end; }
h1 { margin: 0; font-size: 23px; letter-spacing: -.02em; }
h2 { margin: 0; font-size: 16px; letter-spacing: -.01em; }
p { margin: 2px 0 0; color: #5c6784; }
h3 { margin: 0; height: ${CARD.title}px; font-size: 13px; font-weight: 600; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
svg { display: block; }
svg text { font: 10px Inter, "Helvetica Neue", Arial, sans-serif; fill: #7a849c; }
svg .legend { font-size: 10.5px; fill: #3c4662; }
svg .none { font-size: 12px; fill: #b4bccd; }
svg .unit { fill: #a3acc0; }
svg .grid { stroke: #eef1f6; } svg .axis { stroke: #c8d0de; }
svg polyline { stroke-width: 1.7; stroke-linejoin: round; stroke-linecap: round; }
.figure b { display: block; font-size: 31px; font-weight: 650; letter-spacing: -.03em; line-height: 1.1; }
.figure span { color: #7a849c; font-size: 12px; }
.alarms { display: flex; flex-wrap: wrap; gap: 8px; }
.alarms span { padding: 5px 12px; border-radius: 99px; background: #e8f6ef; color: #19774a; font-weight: 550; font-size: 12px; }
.alarms span::before { content: "●"; margin-right: 6px; font-size: 9px; vertical-align: 1px; }
code { font-size: 12px; background: #e7ebf3; border-radius: 4px; padding: 1px 5px; }
`

/** The widgets of a dashboard as a page of their own, over what was measured. */
export function renderPage(body: DashboardBody, points: readonly Point[], grid: Grid): string {
  const { widgets } = body
  const bottom = Math.max(...widgets.map(({ y, height }) => y + height)) * ROW
  const cards = widgets.map((widget) => renderCard(widget, points, grid)).join('\n')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Dashboard preview</title><style>${STYLE}</style></head>
<body><main style="width:${24 * COLUMN}px;height:${bottom}px">
${cards}
</main></body></html>
`
}

/** How large a page of this dashboard is in pixels, its margins included. */
export function pageSize({ widgets }: DashboardBody): { readonly width: number; readonly height: number } {
  const bottom = Math.max(...widgets.map(({ y, height }) => y + height))
  return { width: 24 * COLUMN + 56, height: bottom * ROW + 56 }
}

function renderCard(widget: Widget, points: readonly Point[], grid: Grid): string {
  const [width, height] = [widget.width * COLUMN - GAP, widget.height * ROW - GAP]
  const place = `left:${widget.x * COLUMN}px;top:${widget.y * ROW}px;width:${width}px;height:${height}px`
  if (widget.type === 'text') {
    return `<article class="words" style="${place}">${renderWords(widget.properties.markdown)}</article>`
  }
  if (widget.type === 'alarm') {
    const names = widget.properties.alarms.map((name) => `<span>${toMarkup(nameOf(name))}</span>`)
    return `<article style="${place}"><h3>${toMarkup(widget.properties.title)}</h3><div class="alarms">${names.join('')}</div></article>`
  }
  const { properties } = widget
  const title = `<h3>${toMarkup(properties.title)}</h3>`
  if (properties.view === 'singleValue') {
    return `<article class="figure" style="${place}">${title}${renderFigure(properties, points, grid)}</article>`
  }
  const size = { width: width - 2 * CARD.padding, height: height - 2 * CARD.padding - CARD.title }
  return `<article style="${place}">${title}${drawChart(properties, linesOf(properties, points, grid), grid, size)}</article>`
}

/** One number over the whole time. */
function renderFigure(properties: ChartProperties, points: readonly Point[], grid: Grid): string {
  const whole = { start: grid.start, seconds: grid.seconds * grid.count, count: 1 }
  const [line] = linesOf(properties, points, whole)
  const value = line?.values[0]
  const label = line?.label ?? 'nothing happened'
  return `<b style="color:${line?.color ?? '#b4bccd'}">${value === undefined ? '0' : short(value)}</b><span>${toMarkup(label)}</span>`
}

/** The few marks of Markdown that the dashboard uses. */
function renderWords(markdown: string): string {
  return markdown
    .split('\n')
    .map((line) => {
      const [, marks, heading] = /^(#+) (.*)$/.exec(line) ?? []
      const tag = marks ? `h${marks.length}` : 'p'
      const inner = toMarkup(heading ?? line)
        .replace(/`([^`]+)`/g, '<code>$1</code>')
        .replace(/\*\*([^*]+)\*\*/g, '<b>$1</b>')
      return `<${tag}>${inner}</${tag}>`
    })
    .join('')
}

function nameOf(alarm: string): string {
  return alarm
    .replace(/Alarm$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
}
