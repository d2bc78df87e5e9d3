import { readProcessConfig } from '../../src/config.ts'
import { createContext } from '../../src/context.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { createJudgeService } from '../../src/services/judge/judge.ts'
import { type EmbedTexts, similaritiesOf } from './contenders.ts'
import { formatJudge, measureJudge } from './judge.ts'
import { formatJudgeFairness, measureJudgeFairness } from './judge-fairness.ts'
import { type JudgeChoice, openJudge } from './judge-model.ts'
import type { Judging } from './judge-orders.ts'
import { usualReport, writeJudgeReport } from './judge-report.ts'
import { readJudgedPairs } from './judged-pairs.ts'

/** Who judges which pairs behind which model. */
interface JudgeRun extends JudgeChoice {
  /** A file of graded pairs. */
  readonly pairs: string
  /** Where the report is stored; named after judge and ranker when absent. */
  readonly report: string | undefined
  readonly seed: number
}

/** Nobody waits: a day. */
const TIMEOUT_MS = 86_400_000

/**
 * Measures a judge behind a model that makes vectors, with the settings that a server here would judge with, and stores
 * the report; the report in lines.
 *
 * @throws AppError as the catalog and the runtime of the language model do
 */
export async function evaluateJudge(run: JudgeRun, ranker: Manifest, embed: EmbedTexts): Promise<string> {
  const queries = readJudgedPairs(run.pairs)
  const config = readProcessConfig(process.cwd())
  const { judgeTop: top, judgeTokens: tokens, judgeWeight: weight } = config
  const { manifest, generator } = await openJudge(run, config)
  const service = createJudgeService(
    { resolve: () => manifest, use: (_manifest, _context, work) => work(generator) },
    { top, tokens, weight, cacheEntries: 0, model: manifest.id, timeoutMs: TIMEOUT_MS },
  )
  let coarse = false
  try {
    const session = service.begin(service.plan({}), createContext({ requestId: 'evaluate' }))
    const judging: Judging = {
      rank: async ({ query, candidates }) => similaritiesOf(embed, ranker, query, candidates),
      judge: async (query, candidates) => {
        const { judged, notes } = await session(query, candidates)
        coarse ||= notes.some(({ kind }) => kind === 'coarse')
        return judged.map(({ score, flags }) =>
          score === undefined ? undefined : { score, flagged: flags.length > 0 },
        )
      },
      top,
      weight,
    }
    const dollarsPerSecond = (config.memoryMegabytes / 1024) * config.usdPerGigabyteSecond
    const measuring = { ...judging, seed: run.seed, dollarsPerSecond }
    const { report, judged } = await measureJudge(queries, measuring)
    const fairness = await measureJudgeFairness(judged, judging)
    const path = run.report ?? usualReport(manifest.id, ranker.id)
    const { generateEndpoint: endpoint } = config
    const { pairs, seed } = run
    const settings = { top, tokens, weight }
    writeJudgeReport(path, {
      judge: manifest,
      endpoint,
      ranker,
      settings,
      pairs,
      seed,
      coarse,
      report,
      fairness,
    })
    const lines = [formatJudge(`${manifest.id} behind ${ranker.id}`, report), formatJudgeFairness(fairness)]
    return [...lines, `wrote ${path}`].join('\n\n')
  } finally {
    await generator.close()
  }
}
