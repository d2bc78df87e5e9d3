import type { Fusion } from '../../src/ranking/fusion.ts'
import { readNumber, UsageError } from '../console/options.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { isOwnTask } from './own-task.ts'

/** What can be evaluated. */
const PARTS = ['sentences', 'ranking'] as const

/** One of {@link PARTS}. */
type Part = (typeof PARTS)[number]

/** Several models as one. */
export interface EnsembleOption {
  readonly name: string
  readonly models: readonly { readonly model: string; readonly weight: number }[]
  /** `cosines`: weighted as they are, as /match does where a model has no calibration. */
  readonly fusion: Fusion | 'cosines'
}

/** A language model that is measured, and on which pairs. */
interface JudgeOption {
  readonly judge: string
  readonly pairs: string
  /** A JSON file of language models. */
  readonly generators: string
  /** Where the report is stored; `judge-reports/` when absent. */
  readonly report: string | undefined
}

/** What the command line asks for. */
export interface EvaluateOptions {
  readonly parts: readonly Part[]
  readonly data: string
  /** Places of models, as in MODEL_SOURCES, which counts when absent. */
  readonly sources: readonly string[] | undefined
  /** A JSON file with manifests of further models. */
  readonly catalog: string | undefined
  readonly models: readonly string[]
  readonly ensembles: readonly EnsembleOption[]
  /** A folder in the layout of BEIR, ranked instead of the public data. */
  readonly ranking: string | undefined
  /** Queries of each public task. */
  readonly queries: number
  /** Share of the groups that measure; the others are fitted on. Absent: half, or all where nothing is fitted. */
  readonly heldOut: number | undefined
  /** Where TREC files go. */
  readonly runs: string | undefined
  readonly chart: string | undefined
  /** A CSV file of names and their groups. */
  readonly swap: string | undefined
  readonly seed: number
  /** A language model that judges `pairs`, which are ranked instead of the data. */
  readonly judge: JudgeOption | undefined
  /** Whether only the promises of the bundled model are measured. */
  readonly check: boolean
  /** Query and document: `zh-en`; every pair when absent. */
  readonly languages: string | undefined
  /** Of queries and documents; absent: query and document. */
  readonly role: string | undefined
  /** Whether the scores go into the file that `GET /models` reads. */
  readonly save: boolean
  /** The id of the catalog that the scores of the only model are saved for, whose weights it has. */
  readonly saveAs: string | undefined
  /** Whether the tables of the READMEs are printed, and nothing measured. */
  readonly table: boolean
  /** Whether data is fetched, and nothing measured. */
  readonly fetch: boolean
}

/** What `--help` prints. */
export const EVALUATE_SHAPE = {
  name: 'evaluate',
  summary:
    'Scores models and ensembles on the evaluation data, through the ordinary path from text to vectors.',
  usage: ['[option …]'],
  options: {
    check: { help: 'measures what is promised of the bundled model, line by line; fails when one is broken' },
    only: { value: '<parts>', default: PARTS.join(','), help: 'parts to run' },
    data: {
      value: '<folder>',
      default: '../shared/data',
      help: 'the public data, or your own in the layout of BEIR: queries.jsonl and corpus.jsonl ({"_id", "text"}), qrels/test.tsv or qrels.tsv',
    },
    fetch: { help: 'fetches what may be fetched of the public data into --data' },
    table: { help: 'prints the tables of the READMEs from what was saved' },
    languages: { value: '<pair>', help: 'one pair alone, language of the query and of the document: zh-en' },
    models: {
      value: '<places>',
      help: 'places of models, as in MODEL_SOURCES (default layers/models,models)',
    },
    catalog: { value: '<file>', help: 'manifests of further models' },
    model: { value: '<ids>', multiple: true, help: 'models to evaluate, with commas (default jobs-static)' },
    save: { help: 'writes the scores into src/models/catalog/quality.json, for GET /models' },
    'save-as': { value: '<id>', help: "the same, for the catalog's model that has these weights" },
    ensemble: {
      value: '<models>',
      multiple: true,
      help: 'models to combine: a:2+b:1 by weighted calibrated scores, rrf:a+b by reciprocal ranks, cosines:a+b by their cosines as they are, which /match does where one has no calibration',
    },
    role: {
      value: '<role>',
      help: 'gives queries and documents this role, as /match does with "role": document',
    },
    ranking: { value: '<folder>', help: 'the same as --data with a folder of your own' },
    queries: { value: '<number>', default: '1000', help: 'queries of each public task' },
    'held-out': {
      value: '<share>',
      help: 'of the jobs, and of the resumes, that measure; the others are fitted on (default 0.5; all measure of your own data without a weighted ensemble)',
    },
    runs: { value: '<folder>', help: 'writes runs and judgements for trec_eval' },
    chart: { value: '<file.svg>', help: 'draws the comparison' },
    swap: { value: '<names.csv>', help: 'how far scores and ranks move with the name (columns name, group)' },
    judge: {
      value: '<model>',
      help: 'a language model, of this machine (build first) or of GENERATE_ENDPOINT: what it changes in the ranking of --pairs',
    },
    pairs: {
      value: '<file.jsonl>',
      help: 'graded pairs for --judge: {"query": "…", "candidate": "…", "grade": 1, "group": "…"} a line, the last two optional',
    },
    report: {
      value: '<file.json>',
      help: 'where --judge stores what it measured (default judge-reports/<judge>-<model>.json)',
    },
    generators: {
      value: '<file>',
      default: 'src/models/catalog/generators.json',
      help: 'language models for --judge',
    },
    seed: { value: '<number>', default: '1', help: 'of all chance' },
  },
  examples: [
    '--check',
    '--model fast,chinese --languages zh-en',
    '--data ./my-jobs --ensemble jobs-static:2+fast:1',
    '--swap names.csv --ranking ./my-jobs',
    '--judge Qwen3-Reranker-0.6B --pairs pairs.jsonl',
  ],
} as const

/** Reads the command line. @throws UsageError for what it does not know */
export function readOptions(args: readonly string[]): EvaluateOptions {
  const { values: given } = readArguments<typeof EVALUATE_SHAPE.options>(EVALUATE_SHAPE, args)
  const models = given.model.length > 0 ? given.model : ['jobs-static']
  return {
    parts: given.only.split(',').map(partOf),
    data: given.data,
    sources: given.models?.split(','),
    catalog: given.catalog,
    models: [...new Set(models.flatMap((names) => names.split(',')))].filter((name) => name !== ''),
    ensembles: given.ensemble.map(parseEnsemble),
    ranking: given.ranking ?? (isOwnTask(given.data) ? given.data : undefined),
    queries: readNumber('--queries', given.queries, { least: 1, most: 1e6 }),
    heldOut:
      given['held-out'] === undefined
        ? undefined
        : readNumber('--held-out', given['held-out'], { least: 0.01, most: 1 }),
    runs: given.runs,
    chart: given.chart,
    swap: given.swap,
    seed: readNumber('--seed', given.seed, { least: 0, most: 2 ** 31 }),
    judge: judgeOf(given.judge, given.pairs, given),
    check: given.check,
    languages: pairOf(given.languages),
    role: given.role,
    save: given.save || given['save-as'] !== undefined,
    saveAs: given['save-as'],
    fetch: given.fetch,
    table: given.table,
  }
}

function judgeOf(
  judge: string | undefined,
  pairs: string | undefined,
  { generators, report }: Pick<JudgeOption, 'generators' | 'report'>,
): JudgeOption | undefined {
  if (judge !== undefined && pairs !== undefined) return { judge, pairs, generators, report }
  if (judge === undefined && pairs === undefined) return undefined
  throw new UsageError('--judge and --pairs belong together: a language model, and the pairs that it judges.')
}

/** `zh-en`, `zh,en` and `zh→en` as `zh-en`. */
function pairOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const [, from, to] = /^([a-z]{2})\s*[-,→]\s*([a-z]{2})$/.exec(text.trim().toLowerCase()) ?? []
  if (from && to) return `${from}-${to}`
  throw new UsageError(`--languages is ${JSON.stringify(text)}; expected two languages, such as zh-en.`)
}

function partOf(name: string): Part {
  const part = PARTS.find((candidate) => candidate === name.trim())
  if (part) return part
  throw new UsageError(`--only names no part ${JSON.stringify(name)}; expected some of ${PARTS.join(', ')}.`)
}

const FUSIONS: Readonly<Record<string, EnsembleOption['fusion']>> = {
  weighted: 'weighted',
  rrf: 'rrf',
  cosines: 'cosines',
}

/** `a:0.6+b:0.4`, `rrf:a+b` or `cosines:a+b`; a weight that is left out is 1. */
export function parseEnsemble(text: string): EnsembleOption {
  const [, fusion = 'weighted', list = ''] = /^(?:(rrf|cosines):)?(.*)$/s.exec(text) ?? []
  const models = list.split('+').map((part) => {
    const [model = '', weight = '1'] = part.split(':')
    return { model, weight: readNumber(`--ensemble ${text}`, weight, { least: 0, most: 1e6 }) }
  })
  if (models.length < 2 || models.some(({ model }) => model === '')) {
    throw new UsageError(
      `--ensemble is ${JSON.stringify(text)}; expected two models or more, such as a:2+b:1.`,
    )
  }
  return { name: text, models, fusion: FUSIONS[fusion]! }
}
