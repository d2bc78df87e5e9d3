import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import postgres from 'postgres'
import type { CandidateIndex, CollectionQuery } from '../../src/collections/candidate-index.ts'
import { createExactIndex } from '../../src/collections/exact-index.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { quantile } from '../console/statistics.ts'
import { blankManifest } from '../models/blank-manifest.ts'
import { absent, startPostgres } from '../servers/postgres-server.ts'
import { groupedRows, groupedVectors, ROW_FILTERS } from './collection-rows.ts'
import type { Target } from './targets.ts'

/** What is measured. */
interface PostgresBench {
  readonly rows: number
  readonly dimensions: number
  readonly queries: number
  readonly threads: number
  /** Where what is built is kept for the next time; without it nothing stays. */
  readonly folder: string | undefined
}

type Server = Awaited<ReturnType<typeof startPostgres>>
type Filter = CollectionQuery['filter']

const NAME = 'bench'
const TOP = 10
const GROUPS = 500
const CURVE = [20, 40, 80, 200, 400, 800]
const LEAST_RECALL = 0.97
const LEAST_FILTERED = 0.95
const MOST_MS = 15
const MEGABYTE = 1e6
const FILTERS: readonly (readonly [string, Filter])[] = [
  ['all rows', undefined],
  ['1 %', ROW_FILTERS.one],
  ['60 %', ROW_FILTERS.most],
]

/**
 * Builds one collection in the exact engine and in a PostgreSQL of its own, and prints recall and times of both, and the
 * curve of `ef_search`.
 *
 * @throws Error where there is no PostgreSQL
 */
export async function benchPostgres(wishes: PostgresBench): Promise<Target[]> {
  if (absent) throw new Error(`There is no PostgreSQL to measure: ${absent}.`)
  const { rows, dimensions, queries: count, threads } = wishes
  const [processor] = cpus()
  const at = new Date().toISOString().slice(0, 10)
  console.log(`${at}, ${processor?.model}, ${cpus().length} processors, load ${loadavg()[0]!.toFixed(1)}`)
  const folder = resolve(wishes.folder ?? mkdtempSync(join(tmpdir(), 'bench-collections-')))
  const isBuilt = existsSync(join(folder, 'built'))
  const server = await startPostgres(
    ['shared_buffers=2GB', 'maintenance_work_mem=4GB', 'max_wal_size=8GB'],
    wishes.folder && join(folder, 'postgres'),
  )
  const store = createDirectoryStore(join(folder, 'exact'))
  const exact = createExactIndex({ store, budgetBytes: 8e9, threads })
  const ours = openPgvector(server)
  try {
    if (!isBuilt) await buildBoth({ exact, pgvector: ours }, wishes)
    writeFileSync(join(folder, 'built'), '')
    await tellSizes(server, rows)
    const queries = [...groupedVectors(count, { dimensions, groups: GROUPS, seed: 3 })]
    const known = await findReferences(exact, queries, dimensions)
    return await measureSearches({ server, ours, queries, known, dimensions })
  } finally {
    await ours.close()
    await exact.close()
    await server.stop()
    if (!wishes.folder) rmSync(folder, { recursive: true, force: true })
  }
}

const openPgvector = ({ place, password }: Server, bounds?: Parameters<typeof createPgvectorIndex>[2]) =>
  createPgvectorIndex(place(), password, bounds)

async function buildBoth(engines: Readonly<Record<string, CandidateIndex>>, wishes: PostgresBench) {
  const { rows, dimensions } = wishes
  const { id, revision, precision } = modelOf(dimensions)
  const model = { id, revision, precision, dimensions }
  for (const [name, engine] of Object.entries(engines)) {
    const started = performance.now()
    const all = groupedRows(rows, { dimensions, groups: GROUPS, seed: 2 })
    await engine.build(NAME, all, { model }, createContext())
    const seconds = (performance.now() - started) / 1000
    console.log(`${name}: built ${rows.toLocaleString('en')} × ${dimensions} in ${seconds.toFixed(0)} s`)
  }
}

const modelOf = (dimensions: number) => blankManifest({ id: NAME, repo: `bench/${NAME}`, dimensions })

async function tellSizes({ port, password }: Server, rows: number): Promise<void> {
  const sql = postgres({ host: '127.0.0.1', port, user: 'keeper', password, database: 'postgres' })
  const sizes = await sql<{ name: string; bytes: string }[]>`
    SELECT coalesce(am.amname, 'rows') AS name, pg_relation_size(c.oid)::text AS bytes FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am am ON am.oid = c.relam AND c.relkind = 'i'
    WHERE n.nspname = 'serverless_embeddings' AND c.relname LIKE 'rows%' AND c.relkind IN ('r', 'i')`
  await sql.end()
  const told = sizes.map(
    ({ name, bytes }) =>
      `${name} ${(Number(bytes) / MEGABYTE).toFixed(0)} MB (${Math.round(Number(bytes) / rows)} bytes a row)`,
  )
  console.log(`${told.join(', ')}\n`)
}

/** The best rows of each query behind each filter, as the exact engine finds them. */
async function findReferences(
  exact: CandidateIndex,
  queries: readonly Float32Array[],
  dimensions: number,
): Promise<ReadonlyMap<Filter, readonly ReadonlySet<string>[]>> {
  const known = new Map<Filter, ReadonlySet<string>[]>()
  for (const [what, filter] of FILTERS) {
    const { found, times } = await searchAll(exact, queries, filter, dimensions)
    known.set(filter, found)
    console.log(lineOf({ what, how: 'built in, exact', recall: 1, times }))
  }
  return known
}

interface Measured {
  readonly server: Server
  readonly ours: CandidateIndex
  readonly queries: readonly Float32Array[]
  readonly known: ReadonlyMap<Filter, readonly ReadonlySet<string>[]>
  readonly dimensions: number
}

async function measureSearches({ server, ours, queries, known, dimensions }: Measured): Promise<Target[]> {
  const measure = async (index: CandidateIndex, [what, filter]: (typeof FILTERS)[number], more: string) => {
    // Once unmeasured: the first reads of an index are from disk.
    await searchAll(index, queries.slice(0, TOP), filter, dimensions)
    const { found, times, isExact } = await searchAll(index, queries, filter, dimensions)
    const wanted = known.get(filter)!
    const shared = found.flatMap((ids, at) => [...ids].filter((id) => wanted[at]!.has(id))).length
    const recall = shared / wanted.reduce((sum, ids) => sum + ids.size, 0)
    console.log(lineOf({ what, how: `pgvector${more}, ${isExact ? 'exact' : 'approximate'}`, recall, times }))
    return { recall, times }
  }
  const targets: Target[] = []
  const atLeast = (name: string, measured: number, limit: number) =>
    targets.push({ name, measured, atBest: measured, limit, sense: 'at least' })
  for (const one of FILTERS) {
    const { recall, times } = await measure(ours, one, '')
    atLeast(`recall@${TOP}, ${one[0]}`, recall, one[1] ? LEAST_FILTERED : LEAST_RECALL)
    if (one[1]) continue
    const [p50, best] = [quantile(times, 0.5), Math.min(...times)]
    targets.push({
      name: 'ms at p50, all rows',
      measured: p50,
      atBest: best,
      limit: MOST_MS,
      sense: 'at most',
    })
  }
  console.log()
  for (const ef of CURVE) {
    const index = openPgvector(server, { ef, mostExact: 0 })
    for (const one of FILTERS) await measure(index, one, ` ef_search ${ef}`)
    await index.close()
  }
  return targets
}

async function searchAll(
  index: CandidateIndex,
  queries: readonly Float32Array[],
  filter: Filter,
  dimensions: number,
) {
  const model = modelOf(dimensions)
  const found: ReadonlySet<string>[] = []
  const times: number[] = []
  let isExact = true
  for (const query of queries) {
    const started = performance.now()
    const answer = await index.find(
      { name: NAME, model, queries: [query], count: TOP, filter },
      createContext(),
    )
    times.push(performance.now() - started)
    isExact &&= answer.exact
    found.push(new Set(answer.found[0]!.map(({ id }) => id)))
  }
  return { found, times, isExact }
}

interface Line {
  readonly what: string
  readonly how: string
  readonly recall: number
  readonly times: readonly number[]
}

function lineOf({ what, how, recall, times }: Line): string {
  const [p50, p99] = [quantile(times, 0.5).toFixed(1), quantile(times, 0.99).toFixed(1)]
  return `${what.padEnd(8)} ${how.padEnd(36)} recall@${TOP} ${recall.toFixed(3)}  p50 ${p50.padStart(6)} ms  p99 ${p99.padStart(6)} ms`
}
