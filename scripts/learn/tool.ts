import { createContext } from '../../src/context.ts'
import type { Guard } from '../../src/learning/guards.ts'
import { hashFile, readLabels, readPairs } from '../../src/learning/read-files.ts'
import { readGuard } from '../../src/learning/read-guard.ts'
import type { LearnedSide } from '../../src/learning/trainable.ts'
import { UsageError } from '../console/options.ts'
import { FILE_OPTIONS } from '../console/rows.ts'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { requireWritableFolder } from '../console/writable.ts'
import { isOwnTask, readOwnTask } from '../evaluate/own-task.ts'
import { openFile } from './file.ts'
import { runLearning } from './run.ts'

const SHAPE = {
  name: 'learn',
  summary:
    'Makes a better model of your own pairs of texts, or refuses to: on this machine, which no text leaves.',
  usage: ['--model <id or alias> --pairs <file> [option …]', 'distill [option …]', 'weights [option …]'],
  commands: [
    ['distill', 'a static model that answers as another one does; see "distill --help"'],
    ['weights', 'how much sections and models count in a match; see "weights --help"'],
  ],
  options: {
    model: { value: '<id or alias>', help: 'the model to learn on, of "models list"' },
    pairs: {
      value: '<file>',
      help: 'query and positive or positiveId a row: .jsonl, .csv, .parquet …; see docs/learn.md',
    },
    labels: {
      value: '<file>',
      help: 'all that can be found, id and text a row; without it other pairs are what is wrong',
    },
    guard: {
      value: '<file or folder>',
      multiple: true,
      help: 'pairs of real queries, which have to gain too; or rated texts (text, text, number) or a set of BEIR, which must not lose',
    },
    name: { value: '<name>', help: 'its name; the month is put behind it (default <model>-learned)' },
    out: { value: '<folder>', default: 'models', help: 'where its folder goes' },
    side: {
      value: '<side>',
      help: 'table, query or both: what is learned (default the table of a static model, else a map of queries)',
    },
    force: { help: 'writes the model although the report speaks against it, and says so in its manifest' },
    models: { value: '<folder>', multiple: true, help: 'where models are (default MODEL_SOURCES)' },
    ...FILE_OPTIONS,
  },
  examples: [
    '--model jobs --pairs hires.csv --labels occupations.csv --name jobs.acme',
    '--model balanced --pairs pairs.jsonl --labels labels.jsonl --guard titles-of-production.csv',
  ],
  notes: [
    'Ends with 0 when the model is better and written, 3 when it is refused. Ctrl-C keeps the best so far.',
  ],
  helpAlone: true,
} as const

const SIDES: readonly LearnedSide[] = ['table', 'query', 'both']

type Values = ToolValues<typeof SHAPE.options>

/** `npm run learn`: a model that has learned from pairs of one's own. */
export const learnTool: Tool = {
  shape: SHAPE,
  async run(args, root) {
    const { values, positionals } = readArguments<typeof SHAPE.options>(SHAPE, args)
    if (positionals.length > 0)
      throw new UsageError(`There is no command ${positionals[0]}; expected distill, weights, or options.`)
    const { model, pairs, labels, guard, side, name, out, force, models } = values
    if (model === undefined) throw new UsageError('There is no --model; give the id or alias of one.')
    if (pairs === undefined) throw new UsageError('There is no --pairs; give a file of them.')
    if (side !== undefined && !SIDES.some((one) => one === side))
      throw new UsageError(`--side is "${side}"; expected ${SIDES.join(', ')}.`)
    requireWritableFolder('--out', out)
    const context = createContext({ requestId: 'learn' })
    const file = await openFile(pairs, values)
    const read = await readPairs(file, context)
    const catalogue =
      labels === undefined ? undefined : await readLabels(await openFile(labels, values), context)
    const guards: Guard[] = []
    for (const path of guard) guards.push(await openGuard(path, values))
    return runLearning({
      root,
      model,
      request: {
        pairs: read.rows,
        placeOf: read.placeOf,
        labels: catalogue?.rows ?? [],
        side: side as LearnedSide | undefined,
        guards,
      },
      sha256: await hashFile(file),
      sources: models,
      name,
      out,
      force,
      context,
    })
  },
}

async function openGuard(path: string, values: Values): Promise<Guard> {
  if (!isOwnTask(path)) return readGuard(await openFile(path, values), createContext())
  const { name, queries, candidates, grades } = readOwnTask(path)
  const places = new Map(candidates.map(({ id }, place) => [id, place]))
  return {
    kind: 'ranking',
    name,
    queries: queries.map(({ text }) => text),
    documents: candidates.map(({ text }) => text),
    grades: queries.map(
      ({ id }) =>
        new Map(
          [...(grades.get(id) ?? [])].flatMap(([candidate, grade]) => {
            const place = places.get(candidate)
            return place === undefined ? [] : [[place, grade] as const]
          }),
        ),
    ),
  }
}
