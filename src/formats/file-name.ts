import type { FileFormat } from './file-layout.ts'
import type { Compression } from './unpack.ts'

const FORMATS: Readonly<Record<string, FileFormat>> = {
  txt: 'lines',
  text: 'lines',
  lines: 'lines',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  parquet: 'parquet',
}
const PACKINGS: Readonly<Record<string, Compression>> = {
  gz: 'gzip',
  gzip: 'gzip',
  zst: 'zstd',
  zstd: 'zstd',
}

/** What the name of a file says of it. */
export interface NamedFormat {
  /** The last ending but that of the packing, in lower case and without its dot; empty when there is none. */
  readonly ending: string
  /** `undefined` for an ending that is not known. */
  readonly format: FileFormat | undefined
  readonly compression: Compression
}

/** Reads a name or key such as `input/rows.csv.gz`. */
export function readName(key: string): NamedFormat {
  const [, ...endings] = key
    .slice(key.lastIndexOf('/') + 1)
    .toLowerCase()
    .split('.')
  const compression = own(PACKINGS, endings.at(-1))
  const ending = endings.at(compression ? -2 : -1) ?? ''
  return { ending, format: own(FORMATS, ending), compression: compression ?? 'none' }
}

function own<T>(values: Readonly<Record<string, T>>, name = ''): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}
