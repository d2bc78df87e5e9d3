import { join } from 'node:path'
import type { Config } from '../../src/config.ts'
import { AppError } from '../../src/errors.ts'
import { endpointOf } from '../../src/generate-models.ts'
import type { GeneratorManifest } from '../../src/models/catalog/generator-manifest.ts'
import { createGeneratorCatalog } from '../../src/models/catalog/generators.ts'
import { withRemoteModels } from '../../src/models/catalog/remote-models.ts'
import { readVerified } from '../../src/models/files/verification.ts'
import type { Generator } from '../../src/models/generate/generator.ts'
import { openGenerator } from '../../src/models/generate/open.ts'
import { folderOf, openGeneratorBook } from '../models/generators/book.ts'

/** Which language model judges, and where its files are. */
export interface JudgeChoice {
  /** Its id, alias or repository; or what the server of GENERATE_ENDPOINT calls it, where GENERATE_MODELS names it. */
  readonly judge: string
  /** A JSON file of language models. */
  readonly generators: string
  /** Folders of models. */
  readonly folders: readonly string[]
}

/**
 * Opens a language model of this machine, or of GENERATE_ENDPOINT by the settings of a server.
 *
 * @throws AppError as the catalog and the runtime of the language model do
 */
export async function openJudge(
  { judge, generators, folders }: JudgeChoice,
  config: Config,
): Promise<{ readonly manifest: GeneratorManifest; readonly generator: Generator }> {
  const { models } = openGeneratorBook(generators, 'models.lock.json')
  const catalog = createGeneratorCatalog(withRemoteModels(models, config.generateModels))
  const manifest = catalog.resolve(judge, 'judge')
  const remote = endpointOf(config)
  const generator = await openGenerator(manifest, {
    fileAt: async (path) => fileOf(manifest, path, folders),
    llamaProgram: join(process.cwd(), 'dist', 'llama.js'),
    runtimeFolders: [process.cwd(), join(process.cwd(), '.cache', 'llm')],
    // Two threads that share a core are a hundred times slower than one.
    threads: 1,
    contextTokens: Math.min(config.llmContext, manifest.contextTokens),
    chunkTokens: config.llmChunk,
    queueLimit: 1,
    availableBytes: Number.MAX_SAFE_INTEGER,
    ...(remote && { remote }),
  })
  return { manifest, generator }
}

function fileOf(manifest: GeneratorManifest, path: string, folders: readonly string[]): string {
  const [folder = 'models', ...others] = folders
  const place = folderOf(manifest, { folder, others })
  const file = manifest.runtime === 'remote' ? undefined : manifest.files.find((one) => one.path === path)
  if (!place || !file) {
    throw new AppError(
      'artifact_missing',
      `Model ${manifest.id} lies in none of ${folders.join(', ')}; run "npm run models -- pull ${manifest.id}".`,
      { details: { model: manifest.id } },
    )
  }
  const whole = join(place, manifest.id, path)
  readVerified(whole, file, manifest.id)
  return whole
}
