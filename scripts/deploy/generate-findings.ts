import { readConfig } from '../../src/config.ts'
import {
  type CatalogGenerator,
  type GeneratorManifest,
  toGeneratorManifest,
} from '../../src/models/catalog/generator-manifest.ts'
import { memoryOf } from '../../src/models/gguf/memory.ts'
import { type Facts, type Finding, good, problem, warning } from './findings.ts'
import { LAYER_MODELS } from './mounts.ts'
import type { Parameters } from './parameters.ts'
import { remoteModelsOf } from './remote.ts'

const MEGABYTE = 1024 * 1024

/** What is wrong with the function of language models: no source for them, or none of them fits. */
export function diagnoseGenerate(
  { generators }: Pick<Facts, 'generators'>,
  parameters: Parameters,
): Finding[] {
  const { generate, generateEndpoint, modelSources, modelBucket } = parameters
  if (!generate) return []
  const remote = remoteModelsOf(parameters).join(', ')
  const elsewhere = generateEndpoint === null ? [] : [good(`${remote}: asked for at ${generateEndpoint}`)]
  if (modelBucket === null && modelSources.every((source) => source === LAYER_MODELS)) {
    if (elsewhere.length > 0) return elsewhere
    return [
      problem(
        'generate=true: no source has language models, which layers are too small for; give modelBucket=create and upload what "npm run models -- pull <name>" fetched below its models/, or add s3://…, https://… or hf: to modelSources, or name models of another server by generateEndpoint and generateModels.',
      ),
    ]
  }
  return [...elsewhere, diagnoseMachine(generators, parameters)]
}

/** Whether the function has room for any language model whose files are known. */
function diagnoseMachine(
  generators: Facts['generators'],
  { generateMemory, generateStorage }: Parameters,
): Finding {
  const { threads, budget } = machineOf(generateMemory)
  const known = generators().flatMap((model) => sizedOf(model) ?? [])
  const fitting = known.filter(({ memory, bytes }) => memory <= budget && bytes <= generateStorage * MEGABYTE)
  const size = `generateMemory=${generateMemory} and generateStorage=${generateStorage}`
  if (fitting.length === 0) {
    const least = Math.min(...known.map(({ memory }) => memory))
    return problem(
      `generate=true: no language model whose files are known fits ${size}; the smallest takes about ${megabytes(least)} MB of memory.`,
    )
  }
  const names = fitting.map(({ id }) => id).join(', ')
  const text = `${size} suit ${names}, of the language models whose files are known, on ${threads} ${threads === 1 ? 'thread' : 'threads'}`
  return threads < 2 ? warning(`${text}; from generateMemory=3538 on there are two.`) : good(text)
}

/** A language model of llama.cpp that a pull has nothing left to find out about, the memory without its conversation. */
function sizedOf(model: CatalogGenerator) {
  const manifest: GeneratorManifest | undefined = toGeneratorManifest(model)
  if (manifest?.runtime !== 'gguf') return undefined
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
  const memory = memoryOf({ fileBytes: bytes, kvBytesPerToken: 0, contextTokens: 0 }, 0)
  return { id: manifest.id, bytes, memory }
}

/** What a function of so much memory has for models, as it reckons itself. */
function machineOf(megabytesOfMemory: number): { readonly threads: number; readonly budget: number } {
  const environment = {
    AWS_LAMBDA_FUNCTION_NAME: 'generate',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(megabytesOfMemory),
  }
  const machine = { memoryBytes: megabytesOfMemory * MEGABYTE, processors: 1, root: '/' }
  const { llmThreads, modelBudgetBytes } = readConfig(environment, machine)
  return { threads: llmThreads, budget: modelBudgetBytes }
}

const megabytes = (bytes: number) => Math.ceil(bytes / MEGABYTE)
