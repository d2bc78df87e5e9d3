import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Core } from '../../src/app.ts'
import { encodeOnnx } from '../../src/formats/onnx.ts'
import { embedBags } from '../../src/learning/bags.ts'
import { openProducts } from '../../src/learning/products.ts'
import { expandTable, staticModel } from '../../src/learning/static-model.ts'
import type { Canary, Manifest } from '../../src/models/catalog/manifest.ts'
import { createLocalEngine } from '../../src/models/engine/in-process.ts'
import { type LearnedModel, writeLearned } from '../../src/models/files/write-learned.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import type { RatedPair } from '../train/data.ts'
import { chooseLexicon, type VocabularyChoice } from './choose-lexicon.ts'
import { decideDistillation } from './decision.ts'
import { type Distilled, distill } from './distill.ts'
import { type Lexicon, MAX_TOKENS } from './lexicon.ts'
import { embedAll, measureModel } from './measure-models.ts'
import type { DistillReport } from './report.ts'
import type { SampledTexts } from './sample.ts'
import type { StepBar } from './step-bar.ts'

/** What a distillation is asked for. */
export interface DistillRequest {
  readonly core: Pick<Core, 'catalog' | 'engine'>
  /** Folders with a folder for each model. */
  readonly sources: readonly string[]
  readonly teacher: Manifest
  readonly corpus: SampledTexts
  /** Rows of the file that had no text. */
  readonly unreadable: number
  readonly rated: Readonly<Record<string, readonly RatedPair[]>>
  readonly vocabulary: VocabularyChoice
  readonly role: string | undefined
  readonly dimensions: number
  readonly seed: number
  readonly name: string
  readonly out: string
  readonly cache: string
  readonly force: boolean
  readonly signal: AbortSignal
  readonly begin: (label: string) => StepBar
}

/** What was found, and the model that was written, if it was. */
interface DistillOutcome {
  readonly report: DistillReport
  readonly written: Manifest | undefined
}

const BUNDLED = 'jobs-static'
/** Vectors of texts of both languages that are nobody's own. */
const CANARIES = ['Registered nurse, intensive care', '软件工程师']
const CANARY_VALUES = 8

/**
 * Distills, measures, decides, and writes the model where nothing speaks against it or `force` is set.
 *
 * @throws StoppedError when the signal ends it before there is anything to write
 */
export async function runDistillation(request: DistillRequest): Promise<DistillOutcome> {
  const began = performance.now()
  const { core, corpus, teacher, signal } = request
  const bundled = core.catalog.resolve(BUNDLED)
  const { texts } = corpus
  const lexicon = await chooseLexicon(request.vocabulary, { bundled, teacher }, texts, request.sources)
  const products = await openProducts()
  try {
    const distilled = await distill({
      ...request,
      texts,
      lexicon,
      products,
      teacher: { engine: core.engine, manifest: teacher, role: request.role, cache: request.cache, signal },
      bundled: (some) => embedAll(core.engine, bundled, some),
    })
    const decision = decideDistillation(distilled)
    const model = modelOf(request, distilled, lexicon, !decision.ships)
    const trial = await measureTrial(request, model)
    const seconds = (performance.now() - began) / 1000
    const report = reportOf(request, { distilled, lexicon, decision, seconds, ...trial })
    if (!decision.ships && !request.force) return { report, written: undefined }
    return { report, written: await writeLearned({ ...model, report }, createDirectoryStore(request.out)) }
  } finally {
    await products.close()
  }
}

function modelOf(
  { corpus, teacher, name, core }: DistillRequest,
  { table, smaller, counts }: Distilled,
  lexicon: Lexicon,
  forced: boolean,
): LearnedModel {
  const licences = new Set([teacher.license, core.catalog.resolve(lexicon.of).license])
  return {
    name,
    base: teacher,
    made: {
      side: 'distilled',
      graph: encodeOnnx(staticModel(table, name)),
      precision: 'int8',
      tokenizer: Buffer.from(lexicon.json),
    },
    data: {
      sha256: corpus.sha256,
      counts: { texts: corpus.texts.length, ...counts },
    },
    date: new Date(),
    forced,
    canaries: canariesOf(lexicon, table),
    changes: {
      dimensions: table.columns,
      matryoshka: smaller.map(({ columns }) => columns),
      maxTokens: MAX_TOKENS,
      license: [...licences].join(' AND '),
      pooling: 'mean',
      prompts: {},
      specialTokens: false,
      dropUnknown: true,
    },
  }
}

function canariesOf(lexicon: Lexicon, table: Distilled['table']): Canary[] {
  const expanded = expandTable(table)
  return CANARIES.flatMap((text) => {
    const { units } = embedBags(expanded, [lexicon.idsOf(text)])
    const values = Array.from(units.data.subarray(0, CANARY_VALUES), (value) => Number(value.toFixed(6)))
    return values.some((value) => value !== 0) ? [{ text, values }] : []
  })
}

/** Measures the student as it will be served, from a folder that is gone afterwards. */
async function measureTrial(request: DistillRequest, model: LearnedModel) {
  const { core, corpus, rated, teacher, role } = request
  const folder = mkdtempSync(join(tmpdir(), 'distilled-'))
  try {
    const store = createDirectoryStore(folder)
    const manifest = await writeLearned(model, store)
    const engine = createLocalEngine({
      manifests: [manifest],
      stores: [store],
      budgetBytes: Number.MAX_SAFE_INTEGER,
      threads: 1,
      tokenBudget: 1024,
    })
    try {
      return {
        teacher: await measureModel(core.engine, teacher, corpus.texts, rated, role),
        student: await measureModel(engine, manifest, corpus.texts, rated),
      }
    } finally {
      await engine.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function reportOf(
  { corpus, unreadable, seed, signal }: DistillRequest,
  found: Pick<DistillReport, 'teacher' | 'student' | 'decision' | 'seconds'> & {
    readonly distilled: Distilled
    readonly lexicon: Lexicon
  },
): DistillReport {
  const { distilled, lexicon, ...rest } = found
  const { texts: _, ...counts } = corpus
  const { student, start, bundled, smaller, epoch } = distilled
  return {
    kind: 'distilled',
    ...rest,
    vocabulary: lexicon.of,
    texts: { ...counts, unreadable, ...distilled.counts, cutByTeacher: distilled.cut },
    heldOut: { student, start, bundled, smaller },
    epoch: epoch.epoch,
    stopped: signal.aborted,
    seed,
  }
}
