import { NAMESPACE } from '../../src/emf.ts'
import type { MetricName } from '../../src/metrics.ts'
import type { FunctionName } from '../deploy/deployment.ts'
import { filledIn, type MetricRow, type SeriesStyle, styleOf } from './widgets.ts'

/** The functions of the stack, by what CloudFormation fills in as their names. */
export const FUNCTION_NAMES = {
  embed: filledIn('EmbedLambdaFunction'),
  match: filledIn('MatchLambdaFunction'),
  batch: filledIn('BatchLambdaFunction'),
  split: filledIn('SplitLambdaFunction'),
  train: filledIn('TrainLambdaFunction'),
  generate: filledIn('GenerateLambdaFunction'),
} as const satisfies Readonly<Record<FunctionName, string>>

/** Colours that mean the same in every chart. */
export const COLORS = {
  queue: '#b088f9',
  tokenize: '#f7b538',
  inference: '#2a9d8f',
  load: '#e76f51',
  total: '#264653',
  good: '#2ca02c',
  warning: '#ff9900',
  bad: '#d13212',
  first: '#4361ee',
  second: '#2a9d8f',
  third: '#f7b538',
  fourth: '#e76f51',
  fifth: '#9d4edd',
} as const

/**
 * A metric of the model and the function that are chosen at the top of the dashboard: those that are listed by name
 * follow the choice.
 *
 * @param model shown before anything is chosen
 */
export function chosen(model: string, name: MetricName, style: SeriesStyle = {}): MetricRow {
  return [NAMESPACE, name, 'Model', model, 'Function', FUNCTION_NAMES.embed, style]
}

/** A calculation with metrics of the same chart. */
export function calculated(expression: string, label: string, color?: string, right = false): MetricRow {
  return [{ expression, label, ...(color !== undefined && { color }), ...(right && { yAxis: 'right' }) }]
}

/** The share of one metric in another one, in percent, with its two inputs, which are not drawn. */
export function share(
  label: string,
  [part, whole]: readonly [part: MetricRow, whole: MetricRow],
  id: string,
  color?: string,
): MetricRow[] {
  const expression = `100 * FILL(${id}a, 0) / ${id}b`
  return [hidden(part, `${id}a`), hidden(whole, `${id}b`), calculated(expression, label, color)]
}

/** An amount for each second, with its input, which is not drawn. */
export function perSecond(
  label: string,
  row: MetricRow,
  id: string,
  { color, right }: { readonly color: string; readonly right?: boolean },
): MetricRow[] {
  return [hidden(row, id), calculated(`${id} / PERIOD(${id})`, label, color, right)]
}

function hidden(row: MetricRow, id: string): MetricRow {
  return [...(row.slice(0, -1) as string[]), { ...styleOf(row), id, visible: false }]
}

/** How a search is drawn. */
interface SearchStyle {
  readonly label?: string
  readonly color?: string
  readonly perSecond?: boolean
  readonly id?: string
  /** Only this one. */
  readonly model?: string
  /** On the right axis. */
  readonly right?: boolean
}

/**
 * A metric of every model that the functions have served, found as they come; a choice at the top leaves it alone.
 *
 * @param functions lines of others than the first have the function's name beside the model's
 * @param style by default each line is called as its model
 */
export function everyModel(
  name: MetricName,
  stat: string,
  functions: readonly FunctionName[],
  style: SearchStyle = {},
): MetricRow[] {
  return functions.flatMap((each, index) => {
    const label = `${style.label ?? MODEL_LABEL}${index === 0 ? '' : ` · ${each}`}`
    return searched(searchFor(name, stat, each, style.model), `${style.id}${index || ''}`, {
      ...style,
      label,
    })
  })
}

function searchFor(name: MetricName, stat: string, which: FunctionName, model: string | undefined): string {
  const only = model === undefined ? '' : ` Model="${model}"`
  const where = `Function="${FUNCTION_NAMES[which]}"${only} MetricName="${name}"`
  return `SEARCH('{${NAMESPACE},Model,Function} ${where}', '${stat}')`
}

function searched(
  expression: string,
  id: string,
  { label, color, perSecond: rate, right }: SearchStyle,
): MetricRow[] {
  const drawn = {
    ...(label !== undefined && { label }),
    ...(color !== undefined && { color }),
    ...(right && { yAxis: 'right' as const }),
  }
  if (!rate) return [[{ expression, ...drawn }]]
  return [
    [{ expression, id, visible: false, ...(label !== undefined && { label }) }],
    // Without a label of its own, each line of a calculation keeps the one that it was found under.
    [{ expression: `${id} / PERIOD(FIRST(${id}))`, ...drawn, label: '' }],
  ]
}

/** Filled in by CloudWatch; the mark keeps CloudFormation from filling it in. */
const MODEL_LABEL = filledIn("!PROP('Dim.Model')")

/** A metric that AWS itself counts of a resource of the stack. */
export function ofAws(
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>>,
  style: SeriesStyle = {},
): MetricRow {
  return [namespace, name, ...Object.entries(dimensions).flat(), style]
}
