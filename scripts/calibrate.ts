import { readFileSync, writeFileSync } from 'node:fs'
import { type Reliability, reliabilityOf } from '../src/learning/reliability.ts'
import { fitCalibration } from '../src/learning/sigmoid.ts'
import type { Manifest } from '../src/models/catalog/manifest.ts'
import { calibrate, type SigmoidCurve } from '../src/ranking/calibration.ts'
import { rowOf } from '../src/vector/matrix.ts'
import { dot } from '../src/vector/similarity.ts'
import { type LabelledPair, type PairSource, readPairSources } from './calibrate/pairs.ts'
import { runNpmTool } from './console/run-tool.ts'
import { AFTER_FIRST, formatTable } from './console/table.ts'
import type { ToolValues } from './console/tool.ts'
import { readArguments } from './console/tool-arguments.ts'
import { createEmbedder } from './evaluate/contenders.ts'
import { openModels } from './models/open.ts'

const CATALOG = 'src/models/catalog/catalog.json'

const SHAPE = {
  name: 'calibrate',
  summary:
    "Fits how a model's raw scores become chances, on held-out labelled pairs, and writes that into the catalog. Half of the groups are fitted on, and what is printed comes from the other half; the curve is moved for each pair of languages by what the same sentences score there.",
  usage: ['[option …]'],
  options: {
    model: { value: '<id or alias>', default: 'jobs-static', help: 'the model' },
    data: { value: '<folder>', default: '../shared/data', help: 'the public data' },
    models: {
      value: '<places>',
      help: 'places of models, as in MODEL_SOURCES (default layers/models,models)',
    },
    catalog: { value: '<file>', help: `where the model is described (default ${CATALOG})` },
    'dry-run': { help: 'prints only' },
  },
  examples: ['--dry-run', '--model fast --models models'],
} as const

type Values = ToolValues<typeof SHAPE.options>

/** Sources of a few thousand pairs each: Platt's curves, which can be moved as wholes. */
interface FittedCalibration extends SigmoidCurve {
  readonly pairs: Readonly<Record<string, SigmoidCurve>>
}

/** A pair with the model's raw score. */
interface ScoredPair extends LabelledPair {
  readonly score: number
}

/** A source whose pairs have their scores. */
type ScoredSource = Omit<PairSource, 'pairs'> & { readonly pairs: readonly ScoredPair[] }

/** Raw scores of all pairs, in order. */
type ScorePairs = (pairs: readonly LabelledPair[]) => Promise<Float64Array>

async function main(values: Values): Promise<void> {
  const { catalog, engine } = openModels({ ...values, sources: values.models?.split(',') })
  const manifest = catalog.resolve(values.model)
  const embed = createEmbedder(engine)
  const scorePairs: ScorePairs = async (pairs) => {
    const left = await embed(
      manifest,
      pairs.map((pair) => pair.left),
      'query',
    )
    const right = await embed(
      manifest,
      pairs.map((pair) => pair.right),
      'document',
    )
    return Float64Array.from(pairs, (_, row) => dot(rowOf(left, row), rowOf(right, row)))
  }
  const sources = await Promise.all(
    readPairSources(values.data).map(async (source) => ({
      ...source,
      pairs: await scored(source, scorePairs),
    })),
  )
  await engine.close()
  const calibration = fitSources(sources.filter(({ fitted }) => fitted))
  report(manifest, calibration, sources)
  if (!values['dry-run']) writeCalibration(manifest.id, calibration, values.catalog)
}

async function scored({ pairs }: PairSource, scorePairs: ScorePairs): Promise<ScoredPair[]> {
  const scores = await scorePairs(pairs)
  return pairs.map((pair, index) => ({ ...pair, score: scores[index]! }))
}

/** Pairs of even groups are fitted on, those of odd ones measure. */
function isFitted({ group }: LabelledPair): boolean {
  return group % 2 === 0
}

/**
 * One curve of all pairs for texts whose languages are not known; and one that is moved for each pair of languages by how
 * much the same sentences score lower or higher there, since sources of other texts differ by more than their languages.
 */
function fitSources(sources: readonly ScoredSource[]): FittedCalibration {
  const curveOf = (some: readonly ScoredSource[]) =>
    fitPairs(some.flatMap(({ pairs }) => pairs.filter(isFitted)))
  const parallel = sources.filter((source) => source.parallel)
  const common = curveOf(parallel).midpoint
  const moves = new Map(
    parallel.map((source) => [source.languages, curveOf([source]).midpoint - common] as const),
  )
  const moved = sources.map((source) => {
    const move = moves.get(source.languages) ?? 0
    return { ...source, pairs: source.pairs.map((pair) => ({ ...pair, score: pair.score - move })) }
  })
  const { midpoint, slope } = curveOf(moved)
  const pairs = [...moves].map(([name, move]) => [name, { midpoint: round(midpoint + move), slope }] as const)
  return { ...curveOf(sources), pairs: Object.fromEntries(pairs) }
}

function fitPairs(pairs: readonly ScoredPair[]): SigmoidCurve {
  const { midpoint, slope } = fitCalibration(
    pairs.map(({ score }) => score),
    pairs.map(({ label }) => label),
  )
  return { midpoint: round(midpoint), slope: round(slope) }
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}

function report({ id }: Manifest, calibration: FittedCalibration, sources: readonly ScoredSource[]): void {
  const curves = { 'any languages': calibration, ...calibration.pairs }
  const shown = Object.entries(curves).map(([name, { midpoint, slope }]) => [
    name,
    String(midpoint),
    String(slope),
  ])
  console.log(`${id}: chance = 1 / (1 + exp(-slope × (score - midpoint)))\n`)
  console.log(`${formatTable([['', 'midpoint', 'slope'], ...shown], AFTER_FIRST)}\n`)
  const all = sources.map((source) => ({
    ...source,
    pairs: source.pairs.filter((pair) => !isFitted(pair)),
    curve: calibration.pairs[source.languages] ?? calibration,
  }))
  const rows = all.map(({ name, languages, pairs, curve }) => {
    const share = pairs.filter(({ label }) => label === 1).length / pairs.length
    const { expectedError, brier } = measure(pairs, curve)
    const one = measure(pairs, calibration).expectedError
    const numbers = [
      share,
      trueChance(pairs, curve),
      trueChance(pairs, calibration),
      expectedError,
      one,
      brier,
    ]
    return [name, languages, String(pairs.length), ...numbers.map((value) => value.toFixed(3))]
  })
  const { bins, expectedError } = reliabilityOf(
    all.flatMap(({ pairs, curve }) => pairs.map(({ score }) => calibrate(score, curve))),
    all.flatMap(({ pairs }) => pairs.map(({ label }) => label)),
  )
  const head = [
    'not fitted on',
    '',
    'pairs',
    'that fit',
    'their chance',
    'by one curve',
    'ECE',
    'by one curve',
    'Brier',
  ]
  const last = ['all', '', '', '', '', '', expectedError.toFixed(3)]
  console.log(formatTable([head, ...rows, last], AFTER_FIRST))
  const ranges = bins.map(({ from, count, chance, share }) => [
    `≥ ${from.toFixed(1)}`,
    String(count),
    chance.toFixed(3),
    share.toFixed(3),
  ])
  console.log(
    `\n${formatTable([['chance', 'pairs', 'mean chance', 'share that fits'], ...ranges], AFTER_FIRST)}`,
  )
}

/** Mean chance of the pairs that fit. */
function trueChance(pairs: readonly ScoredPair[], curve: SigmoidCurve): number {
  const chances = pairs.filter(({ label }) => label === 1).map(({ score }) => calibrate(score, curve))
  return chances.reduce((sum, chance) => sum + chance, 0) / chances.length
}

function measure(pairs: readonly ScoredPair[], calibration: SigmoidCurve): Reliability {
  return reliabilityOf(
    pairs.map(({ score }) => calibrate(score, calibration)),
    pairs.map(({ label }) => label),
  )
}

/** Changes nothing of the catalog but that field of that model. */
function writeCalibration(id: string, calibration: FittedCalibration, path = CATALOG): void {
  const manifests = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>[]
  const changed = manifests.map(({ canaries, calibration: old, ...fields }) =>
    fields.id === id
      ? { ...fields, calibration, canaries }
      : { ...fields, ...(old !== undefined && { calibration: old }), canaries },
  )
  writeFileSync(path, `${JSON.stringify(changed, null, 2)}\n`)
}

await runNpmTool({
  shape: SHAPE,
  async run(args) {
    await main(readArguments<typeof SHAPE.options>(SHAPE, args).values)
    return 0
  },
})
