import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GgufManifest } from '../../src/models/catalog/generator-manifest.ts'
import type { GeneratorParts } from '../../src/models/generate/parts.ts'

const root = join(import.meta.dirname, '..', '..')
/** Where scripts/install-llm-runtime.mjs puts node-llama-cpp. */
export const RUNTIME_FOLDER = join(root, '.cache', 'llm')
/** Why tests with the real runtime are skipped here, if they are. */
export const runtimeAbsent = existsSync(join(RUNTIME_FOLDER, 'node_modules', 'node-llama-cpp'))
  ? undefined
  : 'node-llama-cpp is not installed; run "npm run test:llm"'

/** The manifest of a GGUF file as it lies there. */
export function ggufManifestOf(path: string, changes: Partial<GgufManifest> = {}): GgufManifest {
  const bytes = readFileSync(path)
  return {
    id: 'small',
    aliases: [],
    task: 'generate',
    runtime: 'gguf',
    repo: 'someone/small',
    revision: '0'.repeat(40),
    files: [
      {
        path: 'model.gguf',
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      },
    ],
    weights: 'model.gguf',
    tasks: ['chat', 'judge'],
    contextTokens: 256,
    parameters: 260_000,
    chat: { format: 'template' },
    license: 'MIT',
    languages: ['en'],
    remarks: [],
    canaries: [],
    ...changes,
  }
}

/** What a model is opened with in tests: one thread, small chunks, a short line. */
export function generatorParts(
  path: string,
  llamaProgram: string,
  changes: Partial<GeneratorParts> = {},
): GeneratorParts {
  return {
    fileAt: async () => path,
    llamaProgram,
    runtimeFolders: [RUNTIME_FOLDER],
    threads: 1,
    contextTokens: 256,
    chunkTokens: 64,
    queueLimit: 8,
    availableBytes: 2_000_000_000,
    ...changes,
  }
}
