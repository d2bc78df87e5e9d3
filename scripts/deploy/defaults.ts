/** Parameters as `serverless.yml` gives them: under `default`, and under the names of stages. */
export type Defaults = Readonly<Record<string, Readonly<Record<string, string>>>>

const GROUP = /^ {2}(\w[\w-]*):\s*(?:#.*)?$/
const PARAMETER = /^ {4}(\w+): (\S+)\s*(?:#.*)?$/

/**
 * Reads the parameters in the text of `serverless.yml` without a reader of YAML: each is one word on a line of its own,
 * as a test holds them to be.
 *
 * @throws Error that names the first line that is anything else
 */
export function readDefaults(text: string): Defaults {
  const lines = text.split('\n')
  const start = lines.indexOf('params:')
  if (start < 0) throw new Error('serverless.yml has no line "params:".')
  const defaults: Record<string, Record<string, string>> = {}
  let group: Record<string, string> | undefined
  for (const [index, line] of lines.entries()) {
    if (index <= start || line.trim() === '' || line.trim().startsWith('#')) continue
    if (/^\S/.test(line)) break
    const stage = GROUP.exec(line)?.[1]
    const [, name, value] = PARAMETER.exec(line) ?? []
    if (stage) {
      group = {}
      defaults[stage] = group
    } else if (name && value && group) {
      group[name] = value
    } else {
      throw new Error(`serverless.yml, line ${index + 1}: expected "name: value" in one word, got "${line}".`)
    }
  }
  return defaults
}

/** What a stage is deployed with: its own parameters over the common ones, and those of the command line over both. */
export function parametersFor(
  defaults: Defaults,
  stage: string,
  commandLine: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...defaults.default, ...defaults[stage], ...commandLine }
}
