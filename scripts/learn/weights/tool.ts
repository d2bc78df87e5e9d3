import { writeFile } from 'node:fs/promises'
import { createRandom } from '../../../src/learning/random.ts'
import { learnWeights, type SubScores } from '../../../src/learning/sub-score-weights.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import { requireTask } from '../../../src/models/catalog/task.ts'
import { didYouMean } from '../../../src/nearest.ts'
import { hasText, type MatchDocument } from '../../../src/services/match/document.ts'
import { RefusedError, UsageError } from '../../console/options.ts'
import { FILE_OPTIONS, readFileOptions } from '../../console/rows.ts'
import type { Tool } from '../../console/tool.ts'
import { readArguments } from '../../console/tool-arguments.ts'
import { requireWritableFile } from '../../console/writable.ts'
import { createEmbedder } from '../../evaluate/contenders.ts'
import { openModels } from '../../models/open.ts'
import { describeWeights, matchFields, type WeightsPart, type WeightsReport } from './report.ts'
import { readWeighedRows, type WeighedRows } from './rows.ts'
import { modelScores, type QuerySubScores, scoreQueries, sectionScores } from './scores.ts'

/** Halves of fewer say nothing. */
const LEAST_QUERIES = 50
/** Measured: weights of two or three scores need 500 pairs at most. */
const MOST_QUERIES = 1000
/** As many as a match takes in one ensemble. */
const MOST_MODELS = 8
const SEED = 2026

const SHAPE = {
  name: 'learn -- weights',
  summary:
    'Learns how much title, skills and description count in a match, and each model of an ensemble, from pairs that fit. Equal weights stay unless learned ones are proven better; no text leaves this machine.',
  usage: ['--pairs <file> [option …]'],
  options: {
    pairs: {
      value: '<file>',
      help: 'query and positive (texts or objects of fields) or positiveId, a pair a row',
    },
    labels: { value: '<file>', help: 'all candidates, a document with an id a row (default: the positives)' },
    sections: { value: '<fields>', help: 'fields to weigh, with commas: title,skills,description' },
    models: { value: '<ids>', default: 'jobs-static', help: 'one model, or several to weigh, with commas' },
    sources: { value: '<places>', help: 'places of models, as in MODEL_SOURCES' },
    ...FILE_OPTIONS,
    out: { value: '<file>', help: 'writes the report as JSON, too' },
    json: { help: 'prints the report as JSON' },
  },
  examples: [
    '--pairs hires.jsonl --labels resumes.jsonl --sections title,skills,description',
    '--pairs pairs.csv --labels labels.csv --models jobs,balanced --out weights.json',
  ],
  notes: [
    'A line of pairs: {"query": {"title": "ICU nurse", "skills": ["triage"]}, "positiveId": "r17"}. Of more than 1,000 distinct queries every so many-th counts.',
    '--format, --charset and --delimiter are about the file of pairs.',
    'Ends with 3 when there is too little to learn from.',
  ],
} as const

/** `npm run learn -- weights`: how much each sub-score of a match counts. */
export const weightsTool: Tool = {
  shape: SHAPE,
  async run(args) {
    const { values } = readArguments<typeof SHAPE.options>(SHAPE, args)
    if (values.pairs === undefined) throw new UsageError('--pairs is missing; expected a file of pairs.')
    const sections = namesOf(values.sections)
    const names = namesOf(values.models)
    if (sections.length < 2 && names.length < 2)
      throw new UsageError(
        'There is nothing to weigh; expected two fields or more as --sections, or two models or more as --models.',
      )
    if (names.length > MOST_MODELS)
      throw new UsageError(`There are ${names.length} models; expected at most ${MOST_MODELS}.`)
    if (values.out !== undefined) requireWritableFile('--out', values.out)
    const rows = await readWeighedRows(values.pairs, values.labels, readFileOptions(values))
    for (const note of rows.notes) console.error(`Note: ${note}`)
    if (rows.asked.length < LEAST_QUERIES)
      throw new RefusedError(
        `${values.pairs} has ${rows.asked.length} distinct queries; expected at least ${LEAST_QUERIES}.`,
      )
    refuseUnknown(sections, rows)
    const { catalog, engine } = openModels({ sources: values.sources?.split(',') })
    try {
      const models = names.map((name) => catalog.resolve(name))
      for (const model of models) requireTask(model, ['embed'], 'expected models that make vectors', 'models')
      const report = await weigh(thinned(rows), models, sections, createEmbedder(engine))
      const json = `${JSON.stringify(report, null, 2)}\n`
      if (values.out !== undefined) await writeFile(values.out, json)
      console.log(values.json ? json.trimEnd() : describeWeights(report))
    } finally {
      await engine.close()
    }
    return 0
  },
}

function namesOf(list: string | undefined): string[] {
  const names = list?.split(/[,，、]/).map((name) => name.trim()) ?? []
  return [...new Set(names.filter((name) => name !== ''))]
}

/** A misspelled section would halve the weight of the others. */
function refuseUnknown(sections: readonly string[], { asked, candidates }: WeighedRows): void {
  for (const section of sections) {
    const has = (document: MatchDocument) => hasText(document, section)
    if (asked.some(({ query }) => has(query)) && candidates.some(has)) continue
    const names = new Set(
      [...asked.map(({ query }) => query), ...candidates].flatMap(({ fields }) => Object.keys(fields)),
    )
    throw new UsageError(
      `--sections names ${section}, which ${candidates.some(has) ? 'no query' : 'no candidate'} has a text in${didYouMean(section, names) || '.'}`,
    )
  }
}

function thinned({ asked, candidates, notes }: WeighedRows): WeighedRows {
  const step = Math.max(1, asked.length / MOST_QUERIES)
  const count = Math.min(asked.length, MOST_QUERIES)
  return {
    asked: Array.from({ length: count }, (_, index) => asked[Math.floor(index * step)]!),
    candidates,
    notes,
  }
}

/** Sections first, by the mean of the models; then models, by the weighted sections. */
async function weigh(
  rows: WeighedRows,
  models: readonly Manifest[],
  sections: readonly string[],
  embed: ReturnType<typeof createEmbedder>,
): Promise<WeightsReport> {
  const scored = await scoreQueries(rows, models, sections.length > 0 ? sections : [undefined], embed)
  const ofSections =
    sections.length > 1 ? partOf(sections, scored.filter(hasSection).map(sectionScores)) : undefined
  const ofModels =
    models.length > 1
      ? partOf(
          models.map(({ id }) => id),
          scored.map((query) => modelScores(query, models, ofSections?.weights ?? [1])),
        )
      : undefined
  return {
    format: 1,
    queries: rows.asked.length,
    candidates: rows.candidates.length,
    ...(ofSections && { sections: ofSections }),
    ...(ofModels && { models: ofModels }),
    match: matchFields(ofSections, ofModels, models[0]!.id),
  }
}

/** A query that has none of the sections tells nothing about them. */
function hasSection({ cosines }: QuerySubScores): boolean {
  return cosines[0]!.some((list) => !list.every(Number.isNaN))
}

function partOf(names: readonly string[], queries: readonly SubScores[]): WeightsPart {
  if (queries.length < LEAST_QUERIES)
    throw new RefusedError(
      `${queries.length} queries and candidates have text in ${names.join(', ')}; expected at least ${LEAST_QUERIES}.`,
    )
  return { names, ...learnWeights(queries, createRandom(SEED)) }
}
