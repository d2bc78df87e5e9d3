import { join } from 'node:path'
import { readConfig } from '../../src/config.ts'
import { AppError } from '../../src/errors.ts'
import type { ProgressTarget } from '../console/progress.ts'
import { isFolder } from './folder.ts'
import type { ModelPlaces } from './places.ts'

/** What the commands are told from outside. */
export interface ModelCommandSettings extends ModelPlaces {
  /** The catalog file of language models; absent there are none. */
  readonly generators?: string | undefined
  /** The folder with `dist`, which has the programs; needed to run a GGUF file. */
  readonly programs?: string | undefined
  readonly id?: string | undefined
  readonly graph?: string | undefined
  /** Fields of the manifest to add: `pooling=mean`, each value JSON or plain text. */
  readonly set?: readonly string[] | undefined
  /** A folder or the address of a mirror to pull from. */
  readonly from?: string | undefined
  readonly dryRun?: boolean
  /** HF_ENDPOINT, HF_TOKEN, MODEL_ALIASES, AWS_ENDPOINT_URL_S3 and what the S3 client reads. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly print: (line: string) => void
  readonly progress?: ProgressTarget
}

/** The settings of the environment that the commands read. */
export function configOf({ environment }: ModelCommandSettings) {
  return readConfig(environment, { memoryBytes: 1, processors: 1, root: '.' })
}

/**
 * The hub or mirror to ask; or a folder, which is asked in its place.
 *
 * @throws AppError `invalid_request` for what is neither
 */
export function hubOf(settings: ModelCommandSettings): {
  endpoint: string
  token?: string | undefined
  from?: string
} {
  const { hubEndpoint, hubToken: token } = configOf(settings)
  const { from } = settings
  if (from === undefined) return { endpoint: hubEndpoint, token }
  if (/^https?:\/\//.test(from)) return { endpoint: from.replace(/\/+$/, ''), token }
  if (isFolder(from)) return { endpoint: hubEndpoint, token, from }
  throw new AppError(
    'invalid_request',
    `--from is ${from}; expected a folder that is there, or the address of a mirror such as https://hf-mirror.com.`,
  )
}

/** Where the program that runs GGUF files lies, and where its library may. */
export function runtimePlaces({ programs = '.', environment }: ModelCommandSettings) {
  const { LLM_RUNTIME: own } = environment
  return {
    llamaProgram: join(programs, 'dist', 'llama.js'),
    runtimeFolders: [...(own ? [own] : []), programs, join(programs, '.cache', 'llm')],
  }
}
