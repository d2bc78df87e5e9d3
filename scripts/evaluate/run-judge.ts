import { join } from 'node:path'
import { readProcessConfig } from '../../src/config.ts'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { createGeneratorCatalog } from '../../src/models/catalog/generators.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { readVerified } from '../../src/models/files/verification.ts'
import { openGenerator } from '../../src/models/generate/open.ts'
import { createJudgeService } from '../../src/services/judge/judge.ts'
import { folderOf, openGeneratorBook } from '../models/generators/book.ts'
import { type EmbedTexts, similaritiesOf } from './contenders.ts'
import { formatJudge, measureJudge } from './judge.ts'
import { readJudgedPairs } from './judged-pairs.ts'

/** Who judges which pairs behind which model. */
interface JudgeRun {
  /** Id of a language model. */
  readonly judge: string
  /** A file of graded pairs. */
  readonly pairs: string
  /** A JSON file of language models. */
  readonly generators: string
  readonly seed: number
  /** Folders of models. */
  readonly folders: readonly string[]
}

/** As the service judges when nobody says otherwise. */
const SETTINGS = { top: 10, tokens: 300, weight: 0.25, cacheEntries: 0 }
/** Nobody waits: a day. */
const TIMEOUT_MS = 86_400_000
const CHUNK_TOKENS = 64
const CONTEXT_TOKENS = 4096

/**
 * Measures a judge behind a model that makes vectors; the report in lines.
 *
 * @throws AppError as the catalog and the runtime of the language model do
 */
export async function evaluateJudge(
  { judge, pairs, generators, seed, folders }: JudgeRun,
  ranker: Manifest,
  embed: EmbedTexts,
): Promise<string> {
  const queries = readJudgedPairs(pairs)
  const config = readProcessConfig(process.cwd())
  const { models } = openGeneratorBook(generators, 'models.lock.json')
  const manifest = createGeneratorCatalog(models).resolve(judge, 'judge')
  const generator = await openGenerator(manifest, {
    fileAt: async (path) => fileOf(manifest, path, folders),
    llamaProgram: join(process.cwd(), 'dist', 'llama.js'),
    runtimeFolders: [process.cwd(), join(process.cwd(), '.cache', 'llm')],
    // Two threads that share a core are a hundred times slower than one.
    threads: 1,
    contextTokens: Math.min(CONTEXT_TOKENS, manifest.contextTokens),
    chunkTokens: CHUNK_TOKENS,
    queueLimit: 1,
    availableBytes: Number.MAX_SAFE_INTEGER,
  })
  const service = createJudgeService(
    { resolve: () => manifest, use: (_manifest, _context, work) => work(generator) },
    { ...SETTINGS, model: manifest.id, timeoutMs: TIMEOUT_MS },
  )
  try {
    const session = service.begin(service.plan({}), createContext({ requestId: 'evaluate' }))
    const report = await measureJudge(queries, {
      rank: async ({ query, candidates }) => similaritiesOf(embed, ranker, query, candidates),
      judge: async (query, candidates) => {
        const { judged } = await session(query, candidates)
        return judged.map(({ score, flags }) =>
          score === undefined ? undefined : { score, flagged: flags.length > 0 },
        )
      },
      ...SETTINGS,
      seed,
      dollarsPerSecond: (config.memoryMegabytes / 1024) * config.usdPerGigabyteSecond,
    })
    return formatJudge(`${manifest.id} behind ${ranker.id}`, report)
  } finally {
    await generator.close()
  }
}

function fileOf(
  manifest: Parameters<typeof openGenerator>[0],
  path: string,
  folders: readonly string[],
): string {
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
