import { alarmRules } from './alarms.ts'
import { functionRules } from './functions.ts'
import { permissionRules } from './permissions.ts'
import { storageRules } from './storage.ts'
import type { Expectations, Rule, Template } from './template.ts'

/** Everything that a template is held to. */
export const RULES: readonly Rule[] = [...permissionRules, ...storageRules, ...functionRules, ...alarmRules]

/** Each rule that a template breaks, with the places. */
export function findViolations(template: Template, expectations: Expectations): string[] {
  return RULES.flatMap(({ sentence, check }) => {
    const places = check(template, expectations)
    return places.length === 0 ? [] : [`${sentence} Not so: ${places.join('; ')}.`]
  })
}
