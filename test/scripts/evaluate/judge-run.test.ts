import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import type { EmbedTexts } from '../../../scripts/evaluate/contenders.ts'
import { evaluateJudge } from '../../../scripts/evaluate/run-judge.ts'
import { createContext } from '../../../src/context.ts'
import { describeUnproven } from '../../../src/judge-report.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { startJudgeServer } from '../../support/judge-server.ts'
import { manifestOf } from '../../support/manifests.ts'
import { createWordEngine } from '../../support/word-engine.ts'

const ranker = manifestOf({ id: 'small', dimensions: 64 })
const embed: EmbedTexts = async ({ id, dimensions }, inputs, role) =>
  (await createWordEngine().embed({ model: id, inputs, options: { dimensions, role } }, createContext()))
    .vectors
const MODEL = 'openai.gpt-oss-20b-1:0'
const generators = join(import.meta.dirname, '..', '..', '..', 'src', 'models', 'catalog', 'generators.json')
const names = { model: 'JUDGE_MODEL', report: 'JUDGE_REPORT' }
const usual = { judgeModel: MODEL, judgeTop: 10, judgeTokens: 300, judgeWeight: 0.25 }

afterEach(() => vi.unstubAllEnvs())

/** Two candidates have as many words of the job, and the wrong one stands first. */
function pairsIn(folder: string): string {
  const path = join(folder, 'pairs.jsonl')
  const lines = Array.from({ length: 40 }, (_, turn) => [
    { query: `night nurse ${turn}`, candidate: `night nurse of ward ${turn}`, grade: 0 },
    { query: `night nurse ${turn}`, candidate: `night nurse right one ${turn}`, grade: 1 },
    { query: `night nurse ${turn}`, candidate: `driver ${turn}`, grade: 0 },
  ])
  writeFileSync(
    path,
    lines
      .flat()
      .map((line) => JSON.stringify(line))
      .join('\n'),
  )
  return path
}

async function judgeAway(tells: boolean, judge = MODEL, book = generators) {
  const away = await startJudgeServer((resume) => (resume.includes('right one') ? 0.95 : 0.05), tells)
  const folder = temporaryFolder('judge-run-')
  vi.stubEnv('GENERATE_ENDPOINT', away.endpoint)
  vi.stubEnv('GENERATE_ENDPOINT_KEY', 'far-key')
  const report = join(folder, 'reports', 'away.json')
  const run = { judge, pairs: pairsIn(folder), generators: book, folders: [], seed: 1, report }
  const text = await evaluateJudge(run, ranker, embed).finally(away.close)
  const stored = readFileSync(report, 'utf8')
  return { away, text, stored, told: JSON.parse(stored), files: readdirSync(join(folder, 'reports')), run }
}

test.each([
  [true, 'probabilities'],
  [false, 'verdicts'],
])(
  'a model of another server is measured as the service asks it (probabilities: %s)',
  async (tells, answers) => {
    vi.stubEnv('GENERATE_MODELS', MODEL)
    const { away, text, stored, told, files, run } = await judgeAway(tells)
    expect(away.asked[0]).toMatchObject({ authorization: 'Bearer far-key', body: { model: MODEL } })
    expect(told).toMatchObject({
      format: 1,
      judge: { names: [MODEL], runtime: 'remote', host: new URL(away.endpoint).host },
      ranker: { id: 'small' },
      measured: { promptVersion: '1', top: 10, tokens: 300, weight: 0.25, answers },
      data: {
        file: 'pairs.jsonl',
        sha256: createHash('sha256').update(readFileSync(run.pairs)).digest('hex'),
        queries: 40,
        pairs: 120,
      },
      date: new Date().toISOString().slice(0, 10),
      silent: 0,
    })
    expect(told.measures.map(({ name }: { name: string }) => name)).toEqual(['MRR', 'nDCG@10'])
    // Nothing of a half-written file is left, nor is the key.
    expect(files).toEqual(['away.json'])
    expect(stored).not.toContain('far-key')
    expect(text).toContain(`wrote ${run.report}`)
    expect(text).toContain('It ranks better on these pairs.')
    expect(describeUnproven(usual, stored, names)).toBeUndefined()
  },
)

test('a model of another server says that none is set', async () => {
  vi.stubEnv('GENERATE_MODELS', MODEL)
  vi.stubEnv('GENERATE_ENDPOINT', '')
  const folder = temporaryFolder('judge-nowhere-')
  const run = {
    judge: MODEL,
    pairs: pairsIn(folder),
    generators,
    folders: [],
    seed: 1,
    report: join(folder, 'r.json'),
  }
  await expect(evaluateJudge(run, ranker, embed)).rejects.toMatchObject({
    code: 'runtime_missing',
    message: expect.stringContaining('set GENERATE_ENDPOINT'),
  })
  expect(readdirSync(folder)).toEqual(['pairs.jsonl'])
})
