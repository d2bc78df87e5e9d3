import type { ProofFile } from './files.ts'
import { expectedTexts } from './files.ts'

/** One job's folder as it was found: texts by the name of the object within it. */
export type JobFolder = ReadonlyMap<string, string>

/** What is wrong with a job, by kind; empty when it is as it must be. */
interface Findings {
  readonly lost: string[]
  readonly duplicated: string[]
  readonly misordered: string[]
  readonly broken: string[]
}

/** A vector that was found, with the text that it must belong to. */
export interface FoundVector {
  readonly text: string
  readonly values: readonly number[]
}

/**
 * Holds the output of a job against its file with none of the product's code: every row is one output row or one
 * error row, in order, in whole shards without a gap, and the summary says the same.
 */
export function checkJob(file: ProofFile, folder: JobFolder): Findings & { vectors: FoundVector[] } {
  const findings: Findings = { lost: [], duplicated: [], misordered: [], broken: [] }
  const vectors: FoundVector[] = []
  const texts = expectedTexts(file)
  const seen = new Map<number, 'row' | 'error'>()
  const note = (list: string[], what: string) => list.push(`${file.key}: ${what}`)
  const take = (kind: 'row' | 'error', name: string, row: Found) => {
    if (seen.has(row.index)) note(findings.duplicated, `row ${row.index} again, as ${kind} in ${name}`)
    seen.set(row.index, kind)
    const text = texts[row.index]
    if (row.index >= texts.length) note(findings.broken, `row ${row.index} of ${texts.length} in ${name}`)
    else if ((text === undefined) !== (kind === 'error'))
      note(findings.broken, `row ${row.index} is a ${kind}`)
    else if (text !== undefined) vectors.push({ text, values: valuesOf(row.embedding) })
  }
  for (const kind of ['row', 'error'] as const) {
    let last = -1
    for (const { name, rows } of readShards(folder, kind, findings.broken)) {
      for (const row of rows) {
        if (row.index <= last) note(findings.misordered, `row ${row.index} after ${last} in ${name}`)
        last = row.index
        take(kind, name, row)
      }
    }
  }
  if (hasEnded(file, folder)) return { ...findings, vectors }
  texts.forEach((_, index) => {
    if (!seen.has(index)) note(findings.lost, `row ${index}`)
  })
  checkSummary(file, folder, seen, (what) => note(findings.broken, what))
  return { ...findings, vectors }
}

/** Whether a job rightly ended early, with a record of it, because its file was taken away. */
function hasEnded({ fate }: ProofFile, folder: JobFolder): boolean {
  const failure = folder.get('_FAILED.json')
  if (fate.kind === 'kept' || failure === undefined || folder.has('_SUCCESS.json')) return false
  return /was (deleted|replaced)/.test(JSON.parse(failure).message)
}

interface Found {
  readonly index: number
  readonly embedding?: unknown
}

function readShards(folder: JobFolder, kind: 'row' | 'error', broken: string[]) {
  const pattern = kind === 'row' ? /^part-(\d{5})\.jsonl$/ : /^errors-(\d{5})\.jsonl$/
  const names = [...folder.keys()].filter((name) => pattern.test(name)).sort()
  return names.map((name, place) => {
    if (kind === 'row' && Number(pattern.exec(name)![1]) !== place) broken.push(`a gap before ${name}`)
    return { name, rows: parseLines(folder.get(name)!, name, broken) }
  })
}

/** Every line must be whole: an object that ends in the middle of one was half-written. */
export function parseLines(text: string, name: string, broken: string[]): Found[] {
  if (text !== '' && !text.endsWith('\n')) broken.push(`${name} ends within a line`)
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Found]
      } catch {
        broken.push(`${name} has a line that is no JSON`)
        return []
      }
    })
}

/** Numbers, or the four bytes of each in base64. */
function valuesOf(embedding: unknown): number[] {
  if (Array.isArray(embedding)) return embedding as number[]
  const bytes = Buffer.from(String(embedding), 'base64')
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
}

function checkSummary(
  { texts }: ProofFile,
  folder: JobFolder,
  seen: ReadonlyMap<number, 'row' | 'error'>,
  note: (what: string) => void,
): void {
  const summary = folder.get('_SUCCESS.json')
  if (summary === undefined) {
    note(`has no _SUCCESS.json, but ${folder.get('_FAILED.json') ?? [...folder.keys()].join(', ')}`)
    return
  }
  const { records, rows, errors } = JSON.parse(summary)
  const counted = [...seen.values()]
  const errorsSeen = counted.filter((kind) => kind === 'error').length
  if (records !== texts.length) note(`summary has ${records} records of ${texts.length}`)
  if (rows !== counted.length - errorsSeen) note(`summary has ${rows} rows`)
  if (errors !== errorsSeen) note(`summary has ${errors} errors of ${errorsSeen}`)
  if (folder.has('_FAILED.json')) note('has _FAILED.json beside _SUCCESS.json')
}
