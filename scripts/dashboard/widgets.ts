/** A metric of CloudWatch as a widget lists it: namespace, name, dimensions in pairs, and how it is drawn. */
export type MetricRow = readonly [...(readonly string[]), SeriesStyle] | readonly [ExpressionRow]

/** How one metric is drawn and read. */
export interface SeriesStyle {
  readonly id?: string
  readonly label?: string
  readonly stat?: string
  readonly color?: string
  /** An input of an expression that is not drawn itself. */
  readonly visible?: false
  readonly yAxis?: 'left' | 'right'
}

/** A calculation with metrics, or a search for them. */
interface ExpressionRow extends Omit<SeriesStyle, 'stat'> {
  readonly expression: string
  readonly period?: number
}

/** How a row is drawn: what stands at its end. */
export function styleOf(row: MetricRow): SeriesStyle & Partial<ExpressionRow> {
  return row.at(-1) as SeriesStyle & Partial<ExpressionRow>
}

/** One axis of a chart. */
interface Axis {
  readonly min?: number
  readonly max?: number
  readonly label?: string
  readonly showUnits?: false
}

/** What a chart shows. */
interface ChartProperties {
  readonly title: string
  readonly view: 'timeSeries' | 'singleValue'
  readonly region: string
  readonly period: number
  readonly stat: string
  readonly stacked: boolean
  readonly metrics: readonly MetricRow[]
  readonly yAxis?: { readonly left?: Axis; readonly right?: Axis }
  readonly annotations?: { readonly horizontal: readonly Line[] }
  readonly setPeriodToTimeRange?: true
}

/** A line across a chart. */
interface Line {
  readonly label: string
  readonly value: number
  readonly color?: string
}

/** A widget without its place. */
export type Content =
  | { readonly type: 'metric'; readonly properties: ChartProperties }
  | {
      readonly type: 'text'
      readonly properties: { readonly markdown: string; readonly background?: string }
    }
  | {
      readonly type: 'alarm'
      readonly properties: { readonly title: string; readonly alarms: readonly string[] }
    }

/** A widget in its place on a grid of 24 columns. */
type Widget = Content & {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A choice at the top of the dashboard: changes one dimension of every metric that is listed by name. */
export interface Choice {
  readonly type: 'property'
  readonly property: string
  readonly id: string
  readonly label: string
  readonly inputType: 'select'
  readonly search: string
  readonly populateFrom: string
  readonly defaultValue: string
  readonly visible: true
}

/** The body of a dashboard, as CloudWatch takes it. */
export interface DashboardBody {
  readonly start: string
  readonly periodOverride: 'auto'
  readonly variables: readonly Choice[]
  readonly widgets: readonly Widget[]
}

/** Columns of a dashboard. */
const COLUMNS = 24
const PERIOD_SECONDS = 60

/** What CloudFormation fills in: the name or value that `logicalId` stands for. */
export function filledIn(logicalId: string): string {
  return `\${${logicalId}}`
}

const REGION = filledIn('AWS::Region')

/** What differs from a plain chart of lines. */
interface ChartOptions {
  readonly stat?: string
  readonly stacked?: boolean
  /** Unit of the left axis. */
  readonly unit?: string
  readonly max?: number
  readonly lines?: readonly Line[]
  readonly right?: string
}

/** A chart of lines or areas over time. */
export function chart(title: string, metrics: readonly MetricRow[], options: ChartOptions = {}): Content {
  const { stat = 'Sum', stacked = false, unit, max, lines, right } = options
  return {
    type: 'metric',
    properties: {
      ...{
        title,
        view: 'timeSeries',
        region: REGION,
        period: PERIOD_SECONDS,
        stat,
        stacked,
        metrics,
      },
      yAxis: {
        left: {
          min: 0,
          ...(max !== undefined && { max }),
          ...(unit !== undefined && { label: unit, showUnits: false }),
        },
        ...(right !== undefined && { right: { min: 0, label: right, showUnits: false } }),
      },
      ...(lines && { annotations: { horizontal: lines } }),
    },
  }
}

/** One number over the whole time that is looked at. */
export function figure(title: string, metrics: readonly MetricRow[], stat = 'Sum'): Content {
  return {
    type: 'metric',
    properties: {
      ...{
        title,
        view: 'singleValue',
        region: REGION,
        period: PERIOD_SECONDS,
        stat,
        stacked: false,
        metrics,
      },
      setPeriodToTimeRange: true,
    },
  }
}

/** Words in Markdown. */
export function words(markdown: string): Content {
  return { type: 'text', properties: { markdown, background: 'transparent' } }
}

/** Widgets side by side, of one height. */
export interface Row {
  readonly height: number
  readonly widgets: readonly Content[]
}

/** Puts rows under each other; the widgets of a row share its width. */
export function layOut(rows: readonly Row[]): Widget[] {
  const widgets: Widget[] = []
  let y = 0
  for (const { height, widgets: contents } of rows) {
    const width = Math.floor(COLUMNS / contents.length)
    for (const [index, content] of contents.entries()) {
      const last = index === contents.length - 1
      widgets.push({ ...content, x: index * width, y, width: last ? COLUMNS - index * width : width, height })
    }
    y += height
  }
  return widgets
}
