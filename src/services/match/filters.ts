import { CONDITION_CHECKS, type Condition, compile } from '../../collections/conditions.ts'
import { didYouMean } from '../../nearest.ts'
import type { FieldValue, MatchDocument } from './document.ts'

/** Conditions by the name of the field. */
export type Filters = Readonly<Record<string, Condition>>

/** Judges the candidates of one request, and remembers what none of them had. */
interface FilterJudge {
  /** Why a candidate is left out, or `undefined` when it stays. */
  exclusionOf(document: Pick<MatchDocument, 'fields'>): string | undefined
  /** What is wrong with the filters themselves, going by all candidates that were judged. */
  warnings(): string[]
}

/** Names of fields that are kept, to say which one was meant. */
const MOST_NAMES = 200

/** A judge for filters; text is compared without regard to case. The conditions are prepared once. */
export function createFilterJudge(filters: Filters): FilterJudge {
  const rules = Object.entries(filters).map(([name, condition]) => ({
    name,
    condition: compile(condition),
    present: 0,
    fitting: 0,
  }))
  const names = new Set<string>()
  let judged = 0
  return {
    exclusionOf({ fields }) {
      judged += 1
      if (names.size < MOST_NAMES) for (const name of Object.keys(fields)) names.add(name)
      let reason: string | undefined
      for (const rule of rules) {
        const value = Object.hasOwn(fields, rule.name) ? fields[rule.name] : undefined
        if (value !== undefined && value !== null) {
          rule.present += 1
          if (rule.condition.kind?.fits(value) ?? true) rule.fitting += 1
        }
        reason ??= reasonOf(rule, value)
      }
      return reason
    },
    warnings: () =>
      rules.flatMap(({ name, condition, present, fitting }) => {
        if (!condition.asked) return [`The filter on "${cut(name)}" names no operator; it leaves nobody out.`]
        if (judged === 0 || fitting > 0) return []
        const kind = condition.kind
        return present === 0
          ? [
              `The filter on "${cut(name)}" leaves everybody out: no candidate has this field${hint(name, names)}`,
            ]
          : [
              `The filter on "${cut(name)}" leaves everybody out: no candidate has ${kind!.name} there${kind!.advice}.`,
            ]
      }),
  }
}

/** Says why a candidate is left out, or `undefined` when it stays. */
export function exclusionOf(document: Pick<MatchDocument, 'fields'>, filters: Filters): string | undefined {
  return createFilterJudge(filters).exclusionOf(document)
}

type Rule = { readonly name: string; readonly condition: ReturnType<typeof compile> }

function reasonOf({ name, condition }: Rule, value: FieldValue | undefined): string | undefined {
  if (!condition.asked) return undefined
  if (value === undefined || value === null) return `${name} is missing`
  for (const check of CONDITION_CHECKS) {
    const reason = check(value, condition)
    if (reason) return `${name} ${reason}`
  }
  return undefined
}

/** The end of the sentence about a field that no candidate has: the names that may have been meant. */
function hint(name: string, names: ReadonlySet<string>): string {
  return didYouMean(name, names) || '.'
}

function cut(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name
}
