import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Manifest, vectorRevision } from '../../src/models/catalog/manifest.ts'
import type { QualityFile, RankingQuality } from '../../src/models/catalog/quality.ts'
import type { Estimate } from './metrics/sample.ts'
import type { Comparison } from './ranking.ts'
import { scoreFacts } from './scores.ts'
import type { Scores } from './tasks.ts'

/** Where `--save` writes, and where `GET /models` reads. */
export const QUALITY = 'src/models/catalog/quality.json'

/** Digits that are kept: more are noise of the sets. */
const DIGITS = 4

/** What was measured before; nothing where there is no such file. */
export function readMeasured(path: string): QualityFile {
  if (!existsSync(path)) return { models: {}, rankings: {} }
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** The scores of a model, beside what else was measured with the same weights. */
export function withScores(
  file: QualityFile,
  id: string,
  manifest: Pick<Manifest, 'revision' | 'lowercase'> & { readonly precision: string },
  scores: Readonly<Record<string, Estimate>>,
): QualityFile {
  const facts = scoreFacts()
  const rows = Object.entries(scores).flatMap(([on, { value, low, high }]) => {
    const found = facts.get(on)
    return found ? [{ ...found, on, value: rounded(value), low: rounded(low), high: rounded(high) }] : []
  })
  const weights = { revision: vectorRevision(manifest), precision: manifest.precision }
  const known = file.models[id]
  const isSame = known?.revision === weights.revision && known.precision === weights.precision
  const kept = isSame ? known.scores.filter(({ on }) => !(on in scores)) : []
  const order = [...facts.keys()]
  const all = [...kept, ...rows].sort((one, other) => order.indexOf(one.on) - order.indexOf(other.on))
  return { ...file, models: { ...file.models, [id]: { ...weights, scores: all } } }
}

/** A comparison, in place of what stands for its task in the file. */
export function withRanking(file: QualityFile, { task, outcomes }: Comparison): QualityFile {
  const rows = outcomes.map(({ contender, measured }): RankingQuality => {
    const entries = Object.entries(measured).map(([name, { mean, low, high }]) => [
      name,
      { mean: rounded(mean), low: rounded(low), high: rounded(high) },
    ])
    return { contender, measured: Object.fromEntries(entries) }
  })
  return { ...file, rankings: { ...file.rankings, [task]: rows } }
}

/**
 * Scores of models that were measured before, by the names that the table has.
 *
 * @param but models that are in the table anyway
 * @param asked names of the scores of the table
 */
export function measuredColumns(
  { models }: QualityFile,
  but: readonly string[],
  asked: readonly string[],
): Record<string, Partial<Scores>> {
  const others = Object.entries(models).filter(([id]) => !but.includes(id))
  const columns = others.map(([id, { scores }]) => {
    const found = scores.filter(({ on }) => asked.includes(on)).map(({ on, value }) => [on, value] as const)
    return [id, Object.fromEntries(found)] as const
  })
  return Object.fromEntries(columns.filter(([, scores]) => Object.keys(scores).length > 0))
}

/** Writes the file with its models and tasks in order of their names. */
export function writeQuality(path: string, { models, rankings }: QualityFile): void {
  const sorted = { models: byName(models), rankings: byName(rankings) }
  writeFileSync(path, `${JSON.stringify(sorted, null, 2)}\n`)
}

function byName<Value>(record: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)))
}

function rounded(value: number): number {
  return Number(value.toFixed(DIGITS))
}
