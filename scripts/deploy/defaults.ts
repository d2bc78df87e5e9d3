import { parse } from 'yaml'

/** Parameters as `serverless.yml` gives them: under `default`, and under the names of stages. */
export type Defaults = Readonly<Record<string, Readonly<Record<string, string>>>>

/**
 * The parameters in the text of `serverless.yml`, each as the text that stands there: `1769`, not a number.
 *
 * @throws Error when there are none, or when one is not a single value
 */
export function readDefaults(text: string): Defaults {
  // In this schema every value is text.
  const { params } = (parse(text, { schema: 'failsafe', logLevel: 'error' }) ?? {}) as { params?: unknown }
  if (!isGroup(params))
    throw new Error('serverless.yml has no parameters; expected "params:" with "default:".')
  for (const [stage, group] of Object.entries(params)) {
    if (!isGroup(group)) throw new Error(`serverless.yml: params.${stage} is not a list of "name: value".`)
    const wrong = Object.entries(group).find(([, value]) => typeof value !== 'string' || value === '')
    if (wrong) throw new Error(`serverless.yml: params.${stage}.${wrong[0]} is not a single value.`)
  }
  return params as Defaults
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a stage is deployed with: its own parameters over the common ones, and those of the command line over both. */
export function parametersFor(
  defaults: Defaults,
  stage: string,
  commandLine: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...defaults.default, ...defaults[stage], ...commandLine }
}
