import type { FunctionName } from './deployment.ts'
import { judges } from './judge.ts'
import type { Parameters } from './parameters.ts'

/** Whether a function asks a server of language models: for conversations, or for those who judge. */
export function asksRemote(name: FunctionName): boolean {
  return name === 'generate' || judges(name)
}

/** What a server elsewhere calls the models that run there: those named, and who judges by default. */
export function remoteModelsOf({ generateModels, judge }: Parameters): readonly string[] {
  return [...new Set([...(generateModels ?? []), ...(judge === null ? [] : [judge])])]
}

/** The settings of a server of language models: its address, their names, and where its key is kept. */
export function remoteEnvironmentOf(parameters: Parameters, name: FunctionName): Record<string, string> {
  const { generateEndpoint, generateKeySource, judge } = parameters
  if (generateEndpoint === null || !asksRemote(name)) return {}
  return {
    GENERATE_ENDPOINT: generateEndpoint,
    GENERATE_MODELS: remoteModelsOf(parameters).join(','),
    ...(generateKeySource !== null && { GENERATE_ENDPOINT_KEY_SOURCE: generateKeySource }),
    ...(judge !== null && judges(name) && { JUDGE_MODEL: judge }),
  }
}

/** What the parameters of that server contradict, in a sentence with its remedy; undefined when they do not. */
export const REMOTE_CHECKS: readonly ((parameters: Parameters) => string | undefined)[] = [
  (parameters) =>
    parameters.generateEndpoint !== null && remoteModelsOf(parameters).length === 0
      ? 'generateEndpoint is of use with the models that are there; give generateModels, as that server calls them.'
      : undefined,
  ({ generateEndpoint, generateModels, generateKeySource }) =>
    generateEndpoint === null && (generateModels ?? generateKeySource) !== null
      ? 'generateModels and generateKeySource are of use with generateEndpoint only; give it, the https://host/v1 that has the models.'
      : undefined,
]
