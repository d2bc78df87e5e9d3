import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, readProcessConfig } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { openBaseModel } from '../../src/learning/base-model.ts'
import { type LearnRequest, learn } from '../../src/learning/learn.ts'
import type { LearningReport } from '../../src/learning/report.ts'
import { drawReport } from '../../src/learning/report-picture.ts'
import { writeOutcome } from '../../src/learning/write-outcome.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { requireTask } from '../../src/models/catalog/task.ts'
import { openSources } from '../../src/models/engine/open.ts'
import { locateArtifacts } from '../../src/models/files/artifacts.ts'
import { createDiskCache } from '../../src/models/files/cache.ts'
import { learnedId } from '../../src/models/files/write-learned.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { REFUSED } from '../console/options.ts'
import { openModels } from '../models/open.ts'
import { createFitBar } from './fit-bar.ts'
import { describeReport } from './page.ts'

/** What a run of the tool is asked for. */
interface LearningRun {
  /** The folder that holds `layers/`. */
  readonly root: string
  /** An id or alias. */
  readonly model: string
  readonly request: LearnRequest
  /** Of the file of pairs. */
  readonly sha256: string
  /** Places of models beside those that the settings name. */
  readonly sources: readonly string[]
  readonly name: string | undefined
  readonly out: string
  readonly force: boolean
  readonly context: Context
}

/** Learns, prints the report, and writes the model where nothing speaks against it or `force` is set. */
export async function runLearning(run: LearningRun): Promise<number> {
  const { root, request, context, out } = run
  const config = readProcessConfig(root)
  const sources = [...run.sources, ...config.modelSources]
  const core = openModels({ sources })
  const stop = new AbortController()
  const interrupt = () => stop.abort()
  const bar = createFitBar()
  try {
    const manifest = core.catalog.resolve(run.model)
    requireTask(manifest, ['embed'], 'expected a model that makes vectors; "models list" shows them')
    // A wrong name is told before the work.
    const date = new Date()
    const name = run.name ?? `${manifest.id}-learned`
    const id = learnedId(name, date)
    refuseTaken(out, id)
    const model = await openBaseModel(core.engine, manifest, context, bar.texts)
    process.on('SIGINT', interrupt)
    const outcome = await learn(request, { model, context, stop: stop.signal, onFit: bar.fit })
    process.off('SIGINT', interrupt)
    bar.end()
    const { report } = outcome
    console.log(`${describeReport(report)}\n`)
    if (!report.decision.ships && !run.force) {
      tell(join(out, `${id}-refused`), report)
      console.log('No model is written; --force writes it all the same, and says so in its manifest.')
      return REFUSED
    }
    const tokenizer = () => readTokenizer(manifest, sources, config, context)
    const store = createDirectoryStore(out)
    await writeOutcome(outcome, { name, sha256: run.sha256, date, model, tokenizer, store, context })
    tell(join(out, id), report)
    const forced = report.decision.ships ? '' : ' by force, which its manifest says'
    console.log(`Wrote ${id}${forced}. Serve it with MODEL_SOURCES=${out} in front of the other sources.`)
    return 0
  } finally {
    process.off('SIGINT', interrupt)
    bar.end()
    await core.engine.close()
  }
}

/** A server that has found a model keeps it as it was: another under its name would break it. */
function refuseTaken(out: string, id: string): void {
  if (!existsSync(join(out, id, 'manifest.json'))) return
  throw new AppError(
    'invalid_request',
    `There is a model ${id} in ${out} already; give this one another --name, or remove that folder first.`,
    { details: { field: 'name' } },
  )
}

/** The tokenizer.json of a model, from where the engine has it. */
async function readTokenizer(
  manifest: Manifest,
  sources: readonly string[],
  config: Config,
  context: Context,
) {
  const { modelCache: folder, modelCacheBytes: maxBytes, s3Endpoint, hubEndpoint, hubToken } = config
  const cache = { folder, maxBytes }
  const stores = openSources({
    sources,
    manifests: [manifest],
    fetching: { cache, s3Endpoint, hubEndpoint, hubToken },
  })
  const artifacts = await locateArtifacts(manifest, stores, { cache: createDiskCache(cache), context })
  try {
    return await artifacts.verifiedBytes(manifest.tokenizer)
  } finally {
    artifacts.release()
  }
}

function tell(folder: string, report: LearningReport): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(join(folder, 'report.svg'), drawReport(report))
  console.log(
    `The report is in ${join(folder, 'report.json')}, its picture in ${join(folder, 'report.svg')}.`,
  )
}
