import type { InferOutput } from 'valibot'
import type { embedResponse } from '../../src/http/schemas.ts'
import { type LocalApi, openLocalApi } from '../console/local-api.ts'
import { readNumber, UsageError } from '../console/options.ts'
import { FILE_OPTIONS, readFileOptions } from '../console/rows.ts'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { describeSimilarities, MOST_IN_TABLE } from './report.ts'
import { readTexts } from './texts.ts'

type Answer = InferOutput<typeof embedResponse>

/** Texts of one request, as the HTTP interface takes at most; vectors are written for so many at a time. */
const AT_ONCE = 2048
/** Rows without a text that are named; the others are counted. */
const MOST_NAMED = 5

const SHAPE = {
  name: 'embed',
  summary: 'Shows how alike texts are, or prints their vectors; on this machine, without a server.',
  usage: ['[option …] <text> …', '[option …] --file <file>', '[option …] < lines.txt'],
  options: {
    model: { value: '<id or alias>', help: 'of "models list" (default DEFAULT_MODEL, else jobs-static)' },
    file: {
      value: '<file>',
      help: 'one text a row: .csv, .tsv, .xlsx saved as one of them, .jsonl, .json, .txt, .parquet, also packed (.gz, .zst)',
    },
    'text-column': {
      value: '<name>',
      help: 'the column with the texts (default text, 文本, content, 简历, title, 职位 …, or the only one)',
    },
    ...FILE_OPTIONS,
    role: { value: '<role>', help: 'query or document, for models with prompts' },
    dimensions: { value: '<number>', help: 'of the vectors, where the model offers several (default all)' },
    json: { help: 'prints the answer of POST /embed' },
    vectors: { help: 'prints a line of JSON for each text: {"text", "embedding"}; any number of texts' },
  },
  examples: [
    '"data engineer" "数据工程师" 护士',
    '--model fast --json "data engineer"',
    '--file titles.csv --text-column 职位 --vectors > vectors.jsonl',
    'sort -u titles.txt | {call} --vectors | head -3',
  ],
  notes: [
    `Up to ${MOST_IN_TABLE} texts are a table of cosines, more (up to ${AT_ONCE}) a list of the nearest pairs. 1 is the same text; what is like enough depends on the model: "match" says it in words.`,
  ],
} as const

/** `npm run embed`: texts to a table of similarities, or to vectors. */
export const embedTool: Tool = {
  shape: SHAPE,
  async run(args, root) {
    const { values, positionals } = readArguments<typeof SHAPE.options>(SHAPE, args)
    if (values.json && values.vectors)
      throw new UsageError('There are --json and --vectors; give one of them.')
    const { dimensions } = values
    const size =
      dimensions === undefined ? undefined : readNumber('--dimensions', dimensions, { least: 1, whole: true })
    const left = createLeftOut()
    const texts = readTexts(
      {
        given: positionals,
        file: values.file,
        column: values['text-column'],
        hints: readFileOptions(values),
        input: process.stdin,
      },
      left.add,
    )
    const api = openLocalApi(root)
    try {
      const ask = (input: readonly string[]) => askFor(api, input, values, size)
      if (values.vectors) await printVectors(texts, ask)
      else await printWhole(texts, ask, values.json)
    } finally {
      left.end()
      await api.close()
    }
    return 0
  },
}

async function askFor(
  api: LocalApi,
  input: readonly string[],
  { model, role }: ToolValues<typeof SHAPE.options>,
  dimensions: number | undefined,
): Promise<Answer> {
  const answer = await api.post<Answer>('/embed', { input, model, role, dimensions })
  for (const warning of answer.warnings) console.error(`Note: ${warning}`)
  return answer
}

type Ask = (input: readonly string[]) => Promise<Answer>

async function printWhole(texts: AsyncIterable<string>, ask: Ask, json: boolean): Promise<void> {
  const all: string[] = []
  for await (const text of texts) {
    if (all.push(text) > AT_ONCE) {
      throw new UsageError(`There are more than ${AT_ONCE} texts to compare; print them with --vectors.`)
    }
  }
  if (all.length === 0) throw new UsageError('There is no text; expected at least one.')
  const answer = await ask(all)
  if (json) console.log(JSON.stringify(answer))
  else {
    console.log(`${answer.model}, ${answer.dimensions} dimensions\n`)
    // Nothing but the encoding `float` was asked for.
    console.log(describeSimilarities({ texts: all, vectors: answer.embeddings as number[][] }))
  }
}

async function printVectors(texts: AsyncIterable<string>, ask: Ask): Promise<void> {
  let waiting: string[] = []
  let printed = 0
  const flush = async () => {
    const { embeddings } = await ask(waiting)
    const lines = waiting.map((text, index) => JSON.stringify({ text, embedding: embeddings[index] }))
    await write(`${lines.join('\n')}\n`)
    printed += waiting.length
    waiting = []
  }
  for await (const text of texts) if (waiting.push(text) === AT_ONCE) await flush()
  if (waiting.length > 0) await flush()
  if (printed === 0) throw new UsageError('There is no text; expected at least one.')
}

/** Waits until a slow reader has taken it, so that the lines of a large file do not pile up in memory. */
function write(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()))
}

function createLeftOut() {
  let count = 0
  return {
    add(sentence: string): void {
      if (++count <= MOST_NAMED) console.error(sentence)
    },
    end(): void {
      if (count > MOST_NAMED) console.error(`… and ${count - MOST_NAMED} more rows are left out.`)
    },
  }
}
