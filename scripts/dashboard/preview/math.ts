import { type Grid, keyOf, type Point, summarize, type Values } from './points.ts'

/** A line of a chart, called by the dimensions that it was found with. */
export interface Found {
  readonly dimensions: Readonly<Record<string, string>>
  readonly values: Values
  /** What the row calls it that it comes from. */
  readonly label?: string
}

/** What an expression comes to: a number, or lines. */
export type Outcome = number | readonly Found[]

/** What an expression may speak of. */
export interface Scope {
  readonly points: readonly Point[]
  readonly grid: Grid
  /** What other rows of the chart came to, by their ids. */
  readonly named: ReadonlyMap<string, Outcome>
}

/**
 * Calculates the part of CloudWatch's metric math that the dashboard uses: SEARCH, FILL, FIRST, PERIOD, IF, the four
 * operators, `>=`, and the ids of other rows.
 *
 * @throws TypeError for anything else
 */
export function calculate(expression: string, scope: Scope): Outcome {
  const tokens = expression.match(/'[^']*'|[A-Za-z_]\w*|\d+(?:\.\d+)?|>=|[-+*/(),]/g) ?? []
  let at = 0
  const take = (expected?: string): string => {
    const token = tokens[at++]
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new TypeError(
        `The expression ${expression} has ${token ?? 'its end'} where ${expected ?? 'more'} was expected.`,
      )
    }
    return token
  }
  const level = (operators: readonly string[], next: () => Outcome) => () => {
    let left = next()
    while (operators.includes(tokens[at] ?? '')) left = combine(take(), left, next())
    return left
  }
  const operand = (): Outcome => {
    const token = take()
    if (token === '(') {
      const inner = comparison()
      take(')')
      return inner
    }
    if (/^\d/.test(token)) return Number(token)
    if (tokens[at] !== '(') return lookUp(token, scope)
    take('(')
    const given: (Outcome | string)[] = []
    while (tokens[at] !== ')') {
      given.push(tokens[at]?.startsWith("'") ? take().slice(1, -1) : comparison())
      if (tokens[at] === ',') take()
    }
    take(')')
    return call(token, given, scope)
  }
  const comparison = level(['>='], level(['+', '-'], level(['*', '/'], operand)))
  const outcome = comparison()
  if (at < tokens.length) throw new TypeError(`The expression ${expression} goes on after its end.`)
  return outcome
}

function lookUp(id: string, { named }: Scope): Outcome {
  const outcome = named.get(id)
  if (outcome === undefined)
    throw new TypeError(`An expression speaks of ${id}; expected the id of another row.`)
  return outcome
}

function call(name: string, given: readonly (Outcome | string)[], scope: Scope): Outcome {
  const [first, second, third] = given
  if (name === 'SEARCH') return search(String(first), String(second), scope)
  if (name === 'PERIOD') return scope.grid.seconds
  if (name === 'FIRST') return linesOf(first).slice(0, 1)
  if (name === 'FILL') {
    return map(linesOf(first), (value) => value ?? (second as number))
  }
  if (name === 'IF') {
    return zip(linesOf(first), linesOf(second), (condition, value) => (condition ? value : (third as number)))
  }
  throw new TypeError(`The preview knows no function ${name}; teach it.`)
}

function linesOf(outcome: Outcome | string | undefined): readonly Found[] {
  if (typeof outcome === 'object') return outcome
  throw new TypeError(`A function was given ${outcome}; expected lines.`)
}

const OPERATIONS: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '>=': (left, right) => Number(left >= right),
}

function combine(operator: string, left: Outcome, right: Outcome): Outcome {
  const operation = OPERATIONS[operator]!
  const operate = (first: number | undefined, second: number | undefined) => {
    if (first === undefined || second === undefined) return undefined
    const value = operation(first, second)
    return Number.isFinite(value) ? value : undefined
  }
  if (typeof left === 'number') {
    return typeof right === 'number' ? operation(left, right) : map(right, (value) => operate(left, value))
  }
  return typeof right === 'number' ? map(left, (value) => operate(value, right)) : zip(left, right, operate)
}

type Change = (value: number | undefined) => number | undefined

function map(lines: readonly Found[], change: Change): Found[] {
  return lines.map((line) => ({ ...line, values: line.values.map(change) }))
}

function zip(
  left: readonly Found[],
  right: readonly Found[],
  operate: (first: number | undefined, second: number | undefined) => number | undefined,
): Found[] {
  return left.map((line, index) => ({
    ...line,
    values: line.values.map((value, at) => operate(value, right[index]?.values[at])),
  }))
}

/** `{Namespace,Dimension,…} Dimension="value" Dimension=("one" OR "other") MetricName="name"`. */
function search(query: string, stat: string, { points, grid }: Scope): Found[] {
  const [, schema = ''] = /^\{([^}]+)\}/.exec(query) ?? []
  const [namespace, ...names] = schema.split(',')
  const conditions = Array.from(query.matchAll(/(\w+)=(\([^)]*\)|"[^"]*")/g), ([, property, values]) => ({
    property: property!,
    values: Array.from(values!.matchAll(/"([^"]*)"/g), ([, value]) => value!),
  }))
  const groups = new Map<string, Point[]>()
  for (const point of points) {
    const { dimensions } = point
    if (point.namespace !== namespace || Object.keys(dimensions).sort().join() !== names.sort().join())
      continue
    const fits = conditions.every(({ property, values }) =>
      values.includes((property === 'MetricName' ? point.name : dimensions[property]) ?? ''),
    )
    if (!fits) continue
    const key = keyOf(dimensions)
    const group = groups.get(key)
    if (group) group.push(point)
    else groups.set(key, [point])
  }
  return [...groups.values()].map((group) => ({
    dimensions: group[0]!.dimensions,
    values: summarize(group, stat, grid),
  }))
}
