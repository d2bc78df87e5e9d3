import { type Context, throwIfDone } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { openBaseModel } from '../../learning/base-model.ts'
import { type LearnOutcome, learn } from '../../learning/learn.ts'
import { hashFile, readLabels, readPairs } from '../../learning/read-files.ts'
import { readGuard } from '../../learning/read-guard.ts'
import { drawReport } from '../../learning/report-picture.ts'
import { writeOutcome } from '../../learning/write-outcome.ts'
import type { Catalog } from '../../models/catalog/catalog.ts'
import { withDiscovery } from '../../models/catalog/discovery.ts'
import type { Manifest } from '../../models/catalog/manifest.ts'
import { requireTask } from '../../models/catalog/task.ts'
import type { Engine } from '../../models/engine/engine.ts'
import type { WritableStore } from '../../storage/store.ts'
import { toJsonBytes } from '../batch/plan/objects.ts'
import type { Learner, LearnFile, LearningWork } from './learner.ts'

/** What pairs are learned from with. */
interface LearnerParts {
  readonly engine: Pick<Engine, 'embed' | 'tokenize'>
  readonly catalog: Catalog
  readonly defaultModel: string
  /** The bytes of a model's tokenizer.json. */
  readTokenizer(manifest: Manifest, context: Context): Promise<Uint8Array>
}

/** Held in memory whole; a hundred thousand pairs have some 10 MB. */
const MOST_FILE_BYTES = 128 * 1024 * 1024

/** What learns in doors: the code of `npm run learn`. */
export function createLearner(parts: LearnerParts): Learner {
  return {
    async learn(work, context) {
      const { settings } = work
      const { catalog, defaultModel } = parts
      const named = () => catalog.resolve(settings.model ?? defaultModel)
      const manifest = await withDiscovery(catalog, context, named)
      requireTask(manifest, ['embed'], 'expected one that embeds')
      const model = await openBaseModel(parts.engine, manifest, context)
      const outcome = await settle(
        await learn(await read(work, context), { model, context, steps: work.steps }),
        work,
      )
      throwIfDone(context)
      const { store, written } = recording(work.output)
      const { report } = outcome
      const { ships, reasons } = report.decision
      await store.write('report.json', toJsonBytes(report), {}, context)
      await store.write('report.svg', Buffer.from(drawReport(report)), {}, context)
      if (!ships && settings.force !== true) return { decision: 'refused', reasons, written }
      const learned = await writeOutcome(outcome, {
        name: settings.name ?? `${manifest.id}.${work.fallbackName}`,
        sha256: await hashFile(work.pairs),
        date: work.startedAt,
        model,
        tokenizer: () => parts.readTokenizer(manifest, context),
        store,
        context,
      })
      return { decision: 'learned', reasons, forced: !ships, model: learned.id, written }
    },
  }
}

/** The rows of all files of a job. */
async function read({ settings, ...work }: LearningWork, context: Context) {
  for (const file of [work.pairs, work.labels, work.guard]) if (file) refuseLarge(file)
  const pairs = await readPairs(work.pairs, context)
  const labels = work.labels && (await readLabels(work.labels, context))
  return {
    pairs: pairs.rows,
    placeOf: pairs.placeOf,
    labels: labels?.rows ?? [],
    side: settings.side,
    guards: work.guard ? [await readGuard(work.guard, context)] : [],
  }
}

/**
 * The outcome with the report that was kept first. Two workers with other processors differ in the last digits, and what
 * both write must be one model with one report.
 */
async function settle(outcome: LearnOutcome, { steps }: LearningWork): Promise<LearnOutcome> {
  const kept = await steps.keep('report', toJsonBytes(outcome.report))
  const report: LearnOutcome['report'] = JSON.parse(Buffer.from(kept).toString('utf8'))
  return { ...outcome, report }
}

/** A store that remembers which keys were written. */
function recording(output: WritableStore) {
  const written: string[] = []
  const write: WritableStore['write'] = (key, ...rest) => {
    written.push(key)
    return output.write(key, ...rest)
  }
  return { store: { write }, written }
}

function refuseLarge({ name, source: { bytes } }: LearnFile): void {
  if (bytes <= MOST_FILE_BYTES) return
  throw new AppError(
    'payload_too_large',
    `The file ${name} has ${bytes} bytes; expected ${MOST_FILE_BYTES} at most; send fewer rows.`,
    { details: { field: name } },
  )
}
