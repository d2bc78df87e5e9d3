type Value = string | number | boolean

/** What a row of the service carries. */
export type Metadata = Readonly<Record<string, Value | readonly Value[]>>

interface Rules {
  readonly hidden: readonly string[]
  refuse(message: string): never
}

/** Whether metadata fits a filter, by the operators of the user guide; one of a list's items is enough. */
export function keepsMetadata(metadata: Metadata, filter: unknown, rules: Rules): boolean {
  if (filter === undefined) return true
  let constraints = 0
  const judge = (one: unknown): boolean => {
    if (typeof one !== 'object' || one === null) rules.refuse('a filter is an object')
    return Object.entries(one as object)
      .map(([name, value]) => {
        if (name === '$and' || name === '$or') {
          if (!Array.isArray(value) || value.length === 0) rules.refuse(`${name} needs filters`)
          const each = (value as unknown[]).map(judge)
          return name === '$and' ? each.every(Boolean) : each.some(Boolean)
        }
        if (rules.hidden.includes(name)) rules.refuse(`${name} is not filterable`)
        return Object.entries(value as object)
          .map(([operator, operand]) => {
            constraints += Array.isArray(operand) ? operand.length : 1
            return compare(metadata[name], operator, operand, rules)
          })
          .every(Boolean)
      })
      .every(Boolean)
  }
  const kept = judge(filter)
  if (constraints > 100) rules.refuse(`${constraints} filter constraints`)
  return kept
}

function compare(
  own: Metadata[string] | undefined,
  operator: string,
  operand: unknown,
  { refuse }: Rules,
): boolean {
  const items: readonly Value[] = own === undefined ? [] : Array.isArray(own) ? own : [own as Value]
  const list = () =>
    Array.isArray(operand) && operand.length > 0 ? operand : refuse(`${operator} needs values`)
  const number = () => (typeof operand === 'number' ? operand : refuse(`${operator} needs a number`))
  const some = (fits: (item: number) => boolean) =>
    items.some((item) => typeof item === 'number' && fits(item))
  if (operator === '$eq') return items.includes(operand as Value)
  if (operator === '$in') return list().some((value) => items.includes(value))
  if (operator === '$nin') return !list().some((value) => items.includes(value))
  if (operator === '$exists') return (own !== undefined) === operand
  if (operator === '$gt') return some((item) => item > number())
  if (operator === '$gte') return some((item) => item >= number())
  if (operator === '$lt') return some((item) => item < number())
  if (operator === '$lte') return some((item) => item <= number())
  return refuse(`no operator ${operator}`)
}
