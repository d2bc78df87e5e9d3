import { resolve } from 'node:path'
import { readSecretPlace } from './secret-settings.ts'
import type { Reader } from './settings.ts'
import type { SecretPlace } from './storage/secret-source.ts'

/** What language models need to know of their machine and of their server. */
export interface GenerateSettings {
  /** A JSON file with more language models than those that ship. */
  readonly llmCatalog: string | undefined
  /** The folder with node-llama-cpp in its `node_modules`, where it is not beside the program. */
  readonly llmRuntime: string | undefined
  /** Threads of one answer: guaranteed processors, never more. */
  readonly llmThreads: number
  /** Tokens of prompt and answer together, where the model takes as many. */
  readonly llmContext: number
  /** Tokens of a prompt that are evaluated between two looks at the deadline. */
  readonly llmChunk: number
  /** Answers that may wait for the one that a model is at. */
  readonly llmQueue: number
  /** Longest that an answer may take, its wait included. */
  readonly llmTimeoutMs: number
  /** `https://host/v1` of a server that speaks as OpenAI's does, for models that run there. */
  readonly generateEndpoint: string | undefined
  /** Hosts that may be asked; that of the endpoint when the setting is absent. */
  readonly generateEndpointAllow: readonly string[]
  /** What that server calls the models that are to run there, in the place of this machine. */
  readonly generateModels: readonly string[]
  /** Sent to that host alone; or where it is kept. */
  readonly generateEndpointKey: string | undefined
  readonly generateEndpointKeyPlace: SecretPlace | undefined
}

/** Where language models run. */
interface GenerateMachine {
  readonly inLambda: boolean
  /** Memory of the function. */
  readonly lambdaMegabytes: number
  readonly processors: number
  /** Processors that the container may use at most, where it has such a limit. */
  readonly processorLimit?: (() => number | undefined) | undefined
}

/** Lambda gives one processor for each 1,769 MB, six at most. */
const MEGABYTES_PER_PROCESSOR = 1769
const MOST_THREADS = 6

/**
 * The settings of language models.
 *
 * @throws AppError `invalid_request` that names the setting, what it should be and what it is
 */
export function readGenerateSettings(read: Reader, machine: GenerateMachine): GenerateSettings {
  const endpoint = read.url('GENERATE_ENDPOINT')
  const runtime = read.text('LLM_RUNTIME')
  const usualHosts = endpoint !== undefined && URL.canParse(endpoint) ? [new URL(endpoint).host] : []
  return {
    llmCatalog: read.text('LLM_CATALOG'),
    llmRuntime: runtime === undefined ? undefined : resolve(runtime),
    llmThreads: read.integer('LLM_THREADS', 1, 256, usualThreads(machine)),
    llmContext: read.integer('LLM_CONTEXT', 64, 1 << 20, 4096),
    llmChunk: read.integer('LLM_CHUNK', 1, 4096, 64),
    llmQueue: read.integer('LLM_QUEUE', 0, 1 << 16, 8),
    llmTimeoutMs: read.integer('LLM_TIMEOUT_MS', 1000, 86_400_000, 300_000),
    generateEndpoint: endpoint,
    generateEndpointAllow: read.list('GENERATE_ENDPOINT_ALLOW') ?? usualHosts,
    generateModels: read.list('GENERATE_MODELS') ?? [],
    generateEndpointKey: read.secret('GENERATE_ENDPOINT_KEY', 'a key without spaces'),
    generateEndpointKeyPlace: readSecretPlace(read, 'GENERATE_ENDPOINT_KEY'),
  }
}

/**
 * Whole processors that are there for sure. Two threads on two contended processors were 60 to 107 times slower than one
 * thread: each waits for the other at every operation.
 */
function usualThreads({ inLambda, lambdaMegabytes, processors, processorLimit }: GenerateMachine): number {
  const sure = inLambda
    ? lambdaMegabytes / MEGABYTES_PER_PROCESSOR
    : Math.min(processors, processorLimit?.() ?? processors)
  return Math.min(MOST_THREADS, Math.max(1, Math.floor(sure)))
}

/**
 * Processors in the text of Linux' `cpu.max`: quota and period, such as `150000 100000` for 1.5.
 *
 * @returns undefined for `max`, and for what is no such text
 */
export function processorLimitIn(text: string): number | undefined {
  const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(text) ?? []
  return quota && Number(period) > 0 ? Number(quota) / Number(period) : undefined
}
