import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cosine } from '../clients/live-server.ts'

/** A row of the sample, as a table has it: all text. */
interface SampleRow {
  readonly id: string
  readonly title: string
  readonly city: string
  readonly years: string
  readonly text: string
}

const TITLES = [
  ...[
    '护士长',
    'Registered nurse',
    '数据工程师',
    'Pastry chef',
    'Java 后端开发',
    'Truck driver',
    '小学语文教师',
  ],
  ...['Nurse “night shift”', '护理部主任', 'Data engineer', '㐂𠮷 陶艺师', 'Caf\u00e9 manager', '会计'],
]
const CITIES = ['北京', '上海', 'New York', '北京 朝阳', '北京']
/** Kinds of ids that engines treat apart: with zeros in front, of Chinese, with a slash, a space, an UUID, long. */
const IDS = ['007', '张伟/01', 'a b', 'urn:uuid:0e5c', `long-${'x'.repeat(200)}`]

/** 60 rows of each kind of id, title and city, no two alike. */
export const ROWS: readonly SampleRow[] = Array.from({ length: 60 }, (_, index) => {
  const title = TITLES[index % TITLES.length]!
  return {
    id: IDS[index] ?? `r${index}`,
    title,
    city: CITIES[index % CITIES.length]!,
    years: String(index % 17),
    text: `${title}，${index} years in ${CITIES[(index * 7) % CITIES.length]}`,
  }
})

/** A row of which the model knows no token; its vector would be zero. */
const NOTHING = { id: 'nothing', title: '?', city: '北京', years: '1', text: '\u{1F5FF}' }

/** The sample as a CSV with a mark of UTF-8, as Excel writes it. */
export function sampleCsv(): string {
  const quote = (value: string) => `"${value.replaceAll('"', '""')}"`
  const lines = [...ROWS, NOTHING].map((row) => Object.values(row).map(quote).join(','))
  return `\u{FEFF}${[Object.keys(NOTHING).join(','), ...lines].join('\r\n')}\r\n`
}

interface Hit {
  readonly id: string
  readonly title: string
  readonly cosine: number
}

/** The rows of Beijing next to a question, by arithmetic alone, from the vectors that the job wrote. */
export function nearest(vectors: string, question: readonly number[], top: number): Hit[] {
  const parts = readdirSync(vectors, { recursive: true }).map(String)
  const rows = parts
    .filter((name) => /part-\d+\.jsonl$/.test(name))
    .flatMap((name) => readFileSync(join(vectors, name), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as { id: string; title: string; city: string; embedding: number[] })
  return rows
    .filter(({ city }) => city === '北京')
    .map(({ id, title, embedding }) => ({ id, title, cosine: cosine(embedding, question) }))
    .sort((one, other) => other.cosine - one.cosine)
    .slice(0, top)
}

/** What a recipe printed: `score id title`, with a score for a cosine. Ids with a space are told by the sample. */
export function hitsIn(output: string, cosineOf: (score: number) => number): Hit[] {
  return output
    .split('\n')
    .filter((line) => /^-?\d/.test(line))
    .map((line) => {
      const score = line.slice(0, line.indexOf(' '))
      const rest = line.slice(score.length + 1)
      const row = ROWS.find(({ id, title }) => rest === `${id} ${title}`)
      return { id: row?.id ?? rest, title: row?.title ?? rest, cosine: cosineOf(Number(score)) }
    })
}
