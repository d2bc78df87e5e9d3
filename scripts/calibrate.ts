/**
 * Fits how a model's raw scores become chances, on held-out labelled pairs, and writes that into the catalog:
 * `npm run calibrate -- --model jobs-static --data ../shared/data [--dry-run]`. Half of the groups are fitted on; what
 * is printed comes from the other half.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createContext } from '../src/context.ts'
import { createLocalEngine } from '../src/models/local.ts'
import type { Manifest } from '../src/models/manifest.ts'
import { parseManifests } from '../src/models/manifest-file.ts'
import { type Calibration, calibrate, fitCalibration } from '../src/ranking/calibration.ts'
import { type Reliability, reliabilityOf } from '../src/ranking/reliability.ts'
import { createDirectoryStore } from '../src/storage/directory.ts'
import { rowOf } from '../src/vector/matrix.ts'
import { dot } from '../src/vector/similarity.ts'
import { type LabelledPair, type PairSource, readPairSources } from './calibrate/pairs.ts'

/** A pair with the model's raw score. */
interface ScoredPair extends LabelledPair {
  readonly score: number
}

/** Raw scores of all pairs, in order. */
type ScorePairs = (pairs: readonly LabelledPair[]) => Promise<Float64Array>

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'jobs-static' },
    data: { type: 'string', default: '../shared/data' },
    models: { type: 'string', default: 'layers/models' },
    catalog: { type: 'string', default: 'src/models/catalog.json' },
    'dry-run': { type: 'boolean', default: false },
  },
})

await main()

async function main(): Promise<void> {
  const manifests = parseManifests(readFileSync(values.catalog, 'utf8'), values.catalog)
  const manifest = manifests.find(({ id }) => id === values.model)
  if (!manifest) throw new TypeError(`${values.catalog} has no model ${values.model}.`)
  const engine = createLocalEngine({
    manifests,
    stores: [createDirectoryStore(values.models)],
    budgetBytes: Number.POSITIVE_INFINITY,
    threads: 2,
    tokenBudget: 1024,
  })
  const scorePairs: ScorePairs = async (pairs) => {
    const embed = async (texts: readonly string[], role: string) =>
      (await engine.embed({ model: manifest.id, inputs: texts, options: { role, normalize: true } }, context))
        .vectors
    const left = await embed(
      pairs.map((pair) => pair.left),
      'query',
    )
    const right = await embed(
      pairs.map((pair) => pair.right),
      'document',
    )
    return Float64Array.from(pairs, (_, row) => dot(rowOf(left, row), rowOf(right, row)))
  }
  const context = createContext({ requestId: 'calibrate' })
  const sources = await Promise.all(
    readPairSources(values.data).map(async (source) => ({
      ...source,
      pairs: await scored(source, scorePairs),
    })),
  )
  await engine.close()
  const calibration = fitPairs(
    sources.filter(({ fitted }) => fitted).flatMap(({ pairs }) => pairs.filter(isFitted)),
  )
  report(manifest, calibration, sources)
  if (!values['dry-run']) writeCalibration(manifest.id, calibration)
}

async function scored({ pairs }: PairSource, scorePairs: ScorePairs): Promise<ScoredPair[]> {
  const scores = await scorePairs(pairs)
  return pairs.map((pair, index) => ({ ...pair, score: scores[index]! }))
}

/** Pairs of even groups are fitted on, those of odd ones measure. */
function isFitted({ group }: LabelledPair): boolean {
  return group % 2 === 0
}

function fitPairs(pairs: readonly ScoredPair[]): Calibration {
  const { midpoint, slope } = fitCalibration(
    pairs.map(({ score }) => score),
    pairs.map(({ label }) => label),
  )
  return { midpoint: round(midpoint), slope: round(slope) }
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}

function report(
  { id }: Manifest,
  calibration: Calibration,
  sources: readonly { readonly name: string; readonly pairs: readonly ScoredPair[] }[],
): void {
  console.log(`${id}: chance = 1 / (1 + exp(-${calibration.slope} × (score - ${calibration.midpoint})))\n`)
  const all = sources.map(({ name, pairs }) => ({ name, pairs: pairs.filter((pair) => !isFitted(pair)) }))
  const width = Math.max(...all.map(({ name }) => name.length))
  console.log(`${'not fitted on'.padEnd(width)}   pairs  that fit     ECE   Brier`)
  for (const { name, pairs } of all) {
    const { expectedError, brier } = measure(pairs, calibration)
    const share = pairs.filter(({ label }) => label === 1).length / pairs.length
    const cells = [share, expectedError, brier].map((value, column) =>
      value.toFixed(3).padStart(column ? 8 : 10),
    )
    console.log(`${name.padEnd(width)}${String(pairs.length).padStart(8)}${cells.join('')}`)
  }
  const { bins, expectedError } = measure(
    all.flatMap(({ pairs }) => pairs),
    calibration,
  )
  console.log(`${'all'.padEnd(width)}${' '.repeat(18)}${expectedError.toFixed(3).padStart(8)}`)
  console.log('\nchance    pairs  mean chance  share that fits')
  for (const { from, count, chance, share } of bins) {
    console.log(
      `≥ ${from.toFixed(1)}${String(count).padStart(10)}${chance.toFixed(3).padStart(13)}${share.toFixed(3).padStart(17)}`,
    )
  }
}

function measure(pairs: readonly ScoredPair[], calibration: Calibration): Reliability {
  return reliabilityOf(
    pairs.map(({ score }) => calibrate(score, calibration)),
    pairs.map(({ label }) => label),
  )
}

/** Changes nothing of the catalog but that field of that model. */
function writeCalibration(id: string, calibration: Calibration): void {
  const manifests = JSON.parse(readFileSync(values.catalog, 'utf8')) as Record<string, unknown>[]
  const changed = manifests.map(({ canaries, calibration: old, ...fields }) =>
    fields.id === id
      ? { ...fields, calibration, canaries }
      : { ...fields, ...(old !== undefined && { calibration: old }), canaries },
  )
  writeFileSync(values.catalog, `${JSON.stringify(changed, null, 2)}\n`)
}
