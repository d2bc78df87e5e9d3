import { basename, join, resolve } from 'node:path'
import { readProcessConfig } from '../../src/config.ts'
import { createContext } from '../../src/context.ts'
import { readGuard } from '../../src/learning/read-guard.ts'
import type { Catalog } from '../../src/models/catalog/catalog.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { requireTask } from '../../src/models/catalog/task.ts'
import { learnedId } from '../../src/models/files/write-learned.ts'
import { REFUSED, RefusedError, readNumber, UsageError } from '../console/options.ts'
import { FILE_OPTIONS, type FileOptions, readFileOptions } from '../console/rows.ts'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { requireWritableFolder } from '../console/writable.ts'
import { readTexts } from '../embed/texts.ts'
import { openFile } from '../learn/file.ts'
import { openModels } from '../models/open.ts'
import type { RatedPair } from '../train/data.ts'
import { VOCABULARIES, type VocabularyChoice } from './choose-lexicon.ts'
import { type DistillReport, describeDistillation, describeTexts } from './report.ts'
import { runDistillation } from './run.ts'
import { createTextSample, type SampledTexts } from './sample.ts'
import { createStepBar } from './step-bar.ts'
import { StoppedError } from './vector-file.ts'

/** Fewer distinct texts are refused; see docs/distill.md for what was measured. */
const LEAST_TEXTS = 1000
/** Rows without a text that are named; the others are counted. */
const MOST_NAMED = 5
/** As the shell has it of a program that Ctrl-C ended. */
const STOPPED = 130

const SHAPE = {
  name: 'learn -- distill',
  summary:
    'Makes a static model of another model for your own texts: below 1 ms a text. Prints what is lost; no text leaves this machine.',
  usage: ['--teacher <id or alias> --texts <file> [option …]'],
  options: {
    teacher: { value: '<id or alias>', help: 'the model to imitate, of "models list"' },
    texts: {
      value: '<file>',
      help: 'one text a row: .jsonl, .csv, .tsv, .txt, .json, .parquet, also packed (.gz, .zst)',
    },
    to: { value: '<kind>', default: 'static', help: 'the kind of model that is made' },
    name: { value: '<name>', help: 'its name; the month is put behind it (default <teacher>-static)' },
    out: { value: '<folder>', default: 'models', help: 'where its folder goes' },
    'text-column': { value: '<name>', help: 'the column with the texts (default text, 文本, content …)' },
    ...FILE_OPTIONS,
    guard: {
      value: '<file>',
      multiple: true,
      help: 'rated pairs to score both models on: text, text and number as its first columns',
    },
    vocabulary: { value: '<choice>', default: 'auto', help: `whose pieces: ${VOCABULARIES.join(', ')}` },
    role: { value: '<role>', help: 'query or document, for teachers with prompts' },
    most: { value: '<number>', default: '100000', help: 'texts to learn from; of more, as many are drawn' },
    dimensions: { value: '<number>', default: '256', help: 'of its vectors, at most' },
    seed: { value: '<number>', default: '1', help: 'of all chance' },
    models: { value: '<folder>', multiple: true, help: 'where models are (default MODEL_SOURCES)' },
    cache: {
      value: '<folder>',
      default: '.cache/teachers',
      help: "the teacher's vectors, for the next time",
    },
    force: { help: 'writes the model although the report speaks against it' },
  },
  examples: [
    '--teacher balanced --texts corpus.jsonl --name acme-static',
    '--teacher chinese --texts 职位.csv --text-column 职位 --guard rated.csv',
  ],
  notes: [
    'Ends with 3 when the model is refused. Ctrl-C keeps the best so far; before that it ends with 130, and the same command goes on later.',
    'What it may take, what is lost and when it refuses: docs/distill.md.',
  ],
} as const

type Values = ToolValues<typeof SHAPE.options>

/** `npm run learn -- distill`: a static model that answers as another one does. */
export const distillTool: Tool = {
  shape: SHAPE,
  async run(args, root) {
    const { values, positionals } = readArguments<typeof SHAPE.options>(SHAPE, args)
    if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is no option.`)
    const wishes = readWishes(values)
    requireWritableFolder('--out', values.out)
    const sources = values.models.length > 0 ? values.models : readProcessConfig(root).modelSources
    const core = openModels({ sources: values.models.length > 0 ? [...sources, bundledIn(root)] : undefined })
    const stopped = new AbortController()
    const stop = () => stopped.abort()
    process.once('SIGINT', stop)
    try {
      const teacher = teacherOf(core.catalog, wishes.teacher, values.role)
      const { corpus, unreadable } = await readCorpus(values, wishes)
      console.log(describeTexts(corpus, unreadable))
      requireTexts(corpus)
      const { report, written } = await runDistillation({
        ...wishes,
        core,
        sources: [...sources, bundledIn(root)],
        teacher,
        corpus,
        unreadable,
        rated: await readGuards(values),
        name: wishes.name ?? `${teacher.id}-static`,
        signal: stopped.signal,
        begin: (label) => createStepBar(label),
      })
      console.log(`\n${describeDistillation(report)}\n`)
      return tellOutcome(report, written?.id, values.out)
    } catch (error) {
      if (!(error instanceof StoppedError)) throw error
      console.error(
        `Stopped before the teacher was through; its vectors so far are in ${values.cache}, and the same command goes on.`,
      )
      return STOPPED
    } finally {
      process.off('SIGINT', stop)
      await core.engine.close()
    }
  },
}

interface Wishes {
  readonly teacher: string
  readonly texts: string
  readonly name: string | undefined
  readonly hints: FileOptions
  readonly vocabulary: VocabularyChoice
  readonly role: string | undefined
  readonly most: number
  readonly dimensions: number
  readonly seed: number
  readonly out: string
  readonly cache: string
  readonly force: boolean
}

function readWishes(values: Values): Wishes {
  const { teacher, texts, to, name } = values
  if (teacher === undefined) throw new UsageError('There is no --teacher; name a model of "models list".')
  if (texts === undefined) throw new UsageError('There is no --texts; name a file with one text a row.')
  if (to !== 'static') {
    throw new UsageError(`--to is ${JSON.stringify(to)}; expected static, the only kind that can be made.`)
  }
  const vocabulary = VOCABULARIES.find((choice) => choice === values.vocabulary)
  if (!vocabulary) {
    throw new UsageError(
      `--vocabulary is ${JSON.stringify(values.vocabulary)}; expected one of ${VOCABULARIES.join(', ')}.`,
    )
  }
  // Before hours of work rather than after them.
  if (name !== undefined) learnedId(name, new Date())
  return {
    ...values,
    teacher,
    texts,
    name,
    vocabulary,
    hints: readFileOptions(values),
    most: readNumber('--most', values.most, { least: LEAST_TEXTS, most: 1_000_000, whole: true }),
    dimensions: readNumber('--dimensions', values.dimensions, { least: 8, most: 1024, whole: true }),
    seed: readNumber('--seed', values.seed, { least: 0, most: 2 ** 31, whole: true }),
  }
}

/** The model that shipped with this folder of programs, whose vocabulary is used. */
function bundledIn(root: string): string {
  return resolve(root, 'layers', 'models')
}

/** @throws UsageError for a model that cannot be a teacher */
function teacherOf(catalog: Catalog, name: string, role: string | undefined): Manifest {
  const manifest = catalog.resolve(name)
  requireTask(manifest, ['embed'], 'expected a model that makes vectors; "models list" shows them')
  if (!manifest.specialTokens && manifest.dropUnknown) {
    throw new UsageError(
      `${manifest.id} is a static model already, below 1 ms a text; expected a transformer as the teacher.`,
    )
  }
  const roles = Object.keys(manifest.prompts)
  if (role !== undefined && !roles.includes(role)) {
    const known = roles.length === 0 ? 'no roles' : `the roles ${roles.join(', ')}`
    throw new UsageError(`--role is ${JSON.stringify(role)}; ${manifest.id} has ${known}.`)
  }
  if (role === undefined && roles.length > 0) {
    console.error(
      `Note: ${manifest.id} has prompts for ${roles.join(' and ')}; none is put before the texts. --role names one.`,
    )
  }
  return manifest
}

async function readCorpus(values: Values, { texts, hints, most }: Wishes) {
  const sample = createTextSample(most)
  let unreadable = 0
  const places = { given: [], file: texts, column: values['text-column'], hints, input: process.stdin }
  for await (const text of readTexts(places, (sentence) => {
    unreadable += 1
    if (unreadable <= MOST_NAMED) console.error(sentence)
  })) {
    sample.add(text)
  }
  return { corpus: sample.finish(), unreadable }
}

/** @throws RefusedError when there are too few texts to learn from */
function requireTexts({ texts }: SampledTexts): void {
  if (texts.length >= LEAST_TEXTS) return
  throw new RefusedError(
    `There are ${texts.length} distinct texts; expected at least ${LEAST_TEXTS}, better 10,000: from 600 a student was no nearer to its teacher than jobs-static, which is there without training.`,
  )
}

async function readGuards(values: Values): Promise<Readonly<Record<string, readonly RatedPair[]>>> {
  const guards: [string, readonly RatedPair[]][] = []
  for (const path of values.guard) {
    const guard = await readGuard(await openFile(path, values), createContext())
    if (guard.kind !== 'rated') {
      throw new UsageError(
        `${path} has labelled pairs; expected rated ones: text, text and a number as the first three columns.`,
      )
    }
    guards.push([basename(path), guard.rated])
  }
  return Object.fromEntries(guards)
}

function tellOutcome({ decision, stopped }: DistillReport, id: string | undefined, out: string): number {
  for (const reason of decision.reasons) console.log(`Against it: ${reason}`)
  if (stopped) console.log('Stopped early: this is the best epoch so far.')
  if (id === undefined) {
    console.log(
      'Refused: nothing is written. --force writes it all the same, and says so wherever it is listed.',
    )
    return REFUSED
  }
  console.log(
    `Written: ${join(out, id)}${decision.ships ? '' : ', by force'}. It is served as "${id}" by every source that has the folder.`,
  )
  return 0
}
