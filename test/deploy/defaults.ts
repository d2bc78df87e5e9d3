import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Defaults, parametersFor, readDefaults } from '../../scripts/deploy/defaults.ts'
import { type Parameters, readParameters } from '../../scripts/deploy/parameters.ts'

/** The parameters in `serverless.yml`. */
export const defaults: Defaults = readDefaults(
  readFileSync(join(import.meta.dirname, '../../serverless.yml'), 'utf8'),
)

/** What `serverless.yml` and some changes make of a stage. */
export function parametersOf(stage: string, changes: Readonly<Record<string, string>> = {}): Parameters {
  return readParameters(parametersFor(defaults, stage, changes))
}
