import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Random } from './random.ts'

/** A file to be worked on, with what must come of each of its rows. */
export interface ProofFile {
  readonly key: string
  readonly body: Buffer
  /** Settings to be put beside it. */
  readonly settings: object
  /** By row: the text that is embedded, or `undefined` for one that must become an error. */
  readonly texts: readonly (string | undefined)[]
  /** What becomes of it while it is worked on. */
  readonly fate:
    | { readonly kind: 'kept' }
    | { readonly kind: 'deleted' }
    | { readonly kind: 'replaced'; readonly next: ProofFile }
}

const WORDS =
  'data engineer nurse teacher python berlin 上海 护士 数据 分析师 senior junior part-time remote sql'.split(
    ' ',
  )
const FOLDERS = ['', 'jobs/', 'jobs-static/deep er/']
const KINDS = ['jsonl', 'csv', 'tsv', 'txt', 'jsonl.gz', 'csv.gz', 'parquet'] as const

/** A kind of file. */
export type FileKind = (typeof KINDS)[number]

/** File `number` of a proof: its kind, length, texts and bad rows are drawn from `random`. */
export function drawFile(
  number: number,
  mostRows: number,
  random: Random,
  kinds: readonly FileKind[] = KINDS,
): ProofFile {
  const file = drawKept(number, mostRows, random, kinds)
  const draw = random.next()
  if (draw < 0.06) return { ...file, fate: { kind: 'deleted' } }
  if (draw > 0.12) return file
  const next = { ...drawKept(number, mostRows, random, kinds), key: file.key, settings: file.settings }
  return { ...file, fate: { kind: 'replaced', next } }
}

function drawKept(number: number, mostRows: number, random: Random, kinds: readonly FileKind[]): ProofFile {
  const kind = kinds[number % kinds.length]!
  const rows = random.whole(0, mostRows)
  const texts = Array.from({ length: rows }, (_, row) => {
    // A job whose rows all fail has failed: the first one is good.
    if (random.chance(0.03) && row > 0) return undefined
    const words = Array.from({ length: random.whole(1, 12) }, () => random.pick(WORDS))
    return `${words.join(' ')} ${number}x${row}`
  })
  const plain = kind === 'parquet' ? writeParquet(texts, random) : writeText(kind, texts, random)
  return {
    key: `input/${random.pick(FOLDERS)}file ${number}+é.${kind}`,
    body: kind.endsWith('.gz') ? gzipSync(plain) : plain,
    settings: {
      shardRows: random.whole(20, 150),
      encoding: random.pick(['float', 'base64'] as const),
      maxErrorShare: 1,
    },
    texts,
    fate: { kind: 'kept' },
  }
}

function writeText(kind: FileKind, texts: readonly (string | undefined)[], random: Random): Buffer {
  const lineEnd = random.chance(0.3) ? '\r\n' : '\n'
  const mark = random.chance(0.2) ? '\uFEFF' : ''
  const text = mark + WRITERS[kind.replace('.gz', '')]!(texts, lineEnd, random)
  return Buffer.from(
    random.chance(0.5) ? text : text.slice(0, text.length - (texts.length > 0 ? lineEnd.length : 0)),
  )
}

function writeParquet(texts: readonly (string | undefined)[], random: Random): Buffer {
  const id = texts.map((_, row) => BigInt(row))
  const text = texts.map((value) => value ?? (random.chance(0.5) ? null : ' '))
  const file = parquetWriteBuffer({
    columnData: [
      { name: 'id', data: id, type: 'INT64' },
      { name: 'text', data: text, type: 'STRING' },
    ],
    rowGroupSize: random.whole(10, 300),
  })
  return Buffer.from(file)
}

type Writer = (texts: readonly (string | undefined)[], lineEnd: string, random: Random) => string

/** Rows that must fail, by format. */
const BAD_JSON = [
  '{"id":1,"text":""}',
  '{"id":1,"text":"   "}',
  'not json',
  '{"id":1,"text":5}',
  '[1]',
  '{"id":',
]

const WRITERS: Readonly<Record<string, Writer>> = {
  jsonl: (texts, end, random) =>
    texts
      .map((text, id) => (text === undefined ? random.pick(BAD_JSON) : JSON.stringify({ id, text })) + end)
      .join(''),
  csv: (texts, end, random) =>
    `id,text,note${end}${texts.map((text, id) => `${id},${quote(text ?? '', random)},"a ""note"""${end}`).join('')}`,
  tsv: (texts, end) => `id\ttext${end}${texts.map((text, id) => `${id}\t${text ?? ' '}${end}`).join('')}`,
  // A plain line that is empty may be left out: these files have none.
  txt: (texts, end) => texts.map((text, id) => (text ?? `plain ${id}`) + end).join(''),
}

function quote(text: string, random: Random): string {
  if (random.chance(0.3)) return `"${text}"`
  return text
}

/** The texts that a checker must find; those of plain lines have no bad rows. */
export function expectedTexts({ key, texts }: ProofFile): readonly (string | undefined)[] {
  return key.endsWith('.txt') ? texts.map((text, id) => text ?? `plain ${id}`) : texts
}
