import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { FairnessReport } from '../../src/learning/fairness.ts'
import type { GeneratorManifest } from '../../src/models/catalog/generator-manifest.ts'
import { type Manifest, vectorRevision } from '../../src/models/catalog/manifest.ts'
import { PROMPT_VERSION } from '../../src/services/judge/prompt.ts'
import { sha256OfFile } from '../models/hash-file.ts'
import type { JudgeReport } from './judge.ts'

/** What was measured, and how. */
interface MeasuredJudge {
  readonly judge: GeneratorManifest
  /** Where a model of another server was asked. */
  readonly endpoint: string | undefined
  readonly ranker: Manifest
  readonly settings: { readonly top: number; readonly tokens: number; readonly weight: number }
  /** The file of pairs. */
  readonly pairs: string
  readonly seed: number
  /** Whether the model named one of three verdicts, since it told no probabilities. */
  readonly coarse: boolean
  readonly report: JudgeReport
  readonly fairness: readonly FairnessReport[]
}

/** Where a report goes when nobody says: one a judge and ranker, the latest. */
export function usualReport(judge: string, ranker: string): string {
  const name = `${judge}-${ranker}`.replaceAll(/[^\w.-]+/g, '-')
  return join('judge-reports', `${name}.json`)
}

/** Stores a report: whole or not at all, so that a deployment never reads half of one. */
export function writeJudgeReport(path: string, measured: MeasuredJudge, date = new Date()): void {
  const { judge, endpoint, ranker, settings, pairs, seed, coarse, report, fairness } = measured
  const { queries, pairs: count, ...rest } = report
  const stored = {
    format: 1,
    judge: { names: namesOf(judge), runtime: judge.runtime, ...originOf(judge, endpoint) },
    ranker: { id: ranker.id, revision: vectorRevision(ranker) },
    measured: { promptVersion: PROMPT_VERSION, ...settings, answers: coarse ? 'verdicts' : 'probabilities' },
    data: { file: basename(pairs), sha256: sha256OfFile(pairs), queries, pairs: count },
    seed,
    date: date.toISOString().slice(0, 10),
    ...rest,
    fairness,
  }
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.part`
  writeFileSync(draft, `${JSON.stringify(stored, undefined, 2)}\n`, { flush: true })
  renameSync(draft, path)
}

/** Whoever deploys may call it by any of them. */
function namesOf(judge: GeneratorManifest): string[] {
  const { id, repo, aliases } = judge
  const elsewhere = judge.runtime === 'remote' && judge.remoteModel ? [judge.remoteModel] : []
  return [...new Set([id, repo, ...aliases, ...elsewhere])]
}

/** Of this machine's models the very files; of another server's no more than who answered. */
function originOf(judge: GeneratorManifest, endpoint: string | undefined) {
  if (judge.runtime === 'remote') return { host: new URL(endpoint!).host }
  const main = judge.runtime === 'gguf' ? judge.weights : judge.decoder
  const { sha256 } = judge.files.find(({ path }) => path === main)!
  return { revision: judge.revision, file: main, sha256 }
}
