import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LiveServer, startLiveServer } from '../clients/live-server.ts'
import { temporaryFolder } from '../support/folders.ts'
import { startElasticsearch } from './elasticsearch.ts'
import {
  lacking,
  programsOf,
  runProgram,
  runPython,
  type Started,
  startOpenSearch,
  startPython,
} from './programs.ts'
import { hitsIn, nearest, ROWS, sampleCsv } from './sample.ts'

/** Of a machine whose neighbours are busy; Milvus takes 6 s to import, OpenSearch 15 s to start. */
const TIMEOUT = 600_000
const root = join(import.meta.dirname, '..', '..')
const programs = programsOf('exports.md')
const noPython = lacking('python')

const half = (score: number) => 2 * score - 1
const same = (score: number) => score
const asItIs = (code: string) => code

/** A recipe: what starts its engine and puts it into the program, what its score means, and how rows are counted. */
interface Engine {
  readonly title: string
  readonly needs?: 'opensearch'
  start?(folder: string): Promise<Started>
  place?(code: string, address: string): string
  cosineOf(score: number): number
  /** Lines after the program that print `COUNT n`. */
  readonly count: string
  /** Lines that run alone afterwards, each of which tries a warning of the page and prints `TRAP …`. */
  readonly trap: string
  readonly right: RegExp
}

const elastic = (code: string, address: string) => code.replace('http://localhost:9200', `http://${address}`)
const failing = (work: string) =>
  `try:\n    ${work}\n    print("TRAP nothing")\nexcept Exception as error:\n    print("TRAP", error)`

const ENGINES: readonly Engine[] = [
  {
    title: 'Qdrant',
    cosineOf: same,
    count: 'print("COUNT", client.count("resumes").count)',
    trap: failing(
      'client.upload_points("resumes", [models.PointStruct(id="007", vector=embed("护士"), payload={})], wait=True)',
    ),
    right: /not a valid (?:UUID|point ID)/i,
  },
  {
    title: 'Milvus',
    cosineOf: same,
    count: 'print("COUNT", client.query("resumes", output_fields=["count(*)"])[0]["count(*)"])',
    trap: `client.release_collection("resumes")\n${failing('client.search("resumes", [embed("护士")], limit=1)')}`,
    right: /call load|not loaded/,
  },
  {
    title: 'Elasticsearch',
    start: startElasticsearch,
    place: elastic,
    cosineOf: half,
    count: 'print("COUNT", client.count(index="resumes")["count"])',
    trap: failing('client.index(index="resumes", id="zero", document={"embedding": [0] * 256})'),
    right: /zero magnitude/,
  },
  {
    title: 'OpenSearch',
    needs: 'opensearch',
    start: startOpenSearch,
    place: elastic,
    cosineOf: half,
    count: 'print("COUNT", client.count(index="resumes")["count"])',
    trap: `client.index(index="plain", body={"embedding": [0.5] * 256}, refresh=True)\n${failing(
      'client.search(index="plain", body={"query": {"knn": {"embedding": {"vector": embed("护士"), "k": 3}}}})',
    )}`,
    right: /not knn_vector type/,
  },
  {
    title: 'Weaviate',
    start: (folder) => startPython(join(import.meta.dirname, 'weaviate-server.py'), folder),
    // Without the client's first checks, which may take 2 s and no more.
    place: (code, address) => {
      const [port, grpc] = address.split(',')
      const options = `port=${port}, grpc_port=${grpc}, skip_init_checks=True`
      return code.replace('connect_to_local()', `connect_to_local(${options})`)
    },
    cosineOf: same,
    count: '    print("COUNT", resumes.aggregate.over_all(total_count=True).total_count)',
    trap: `with client:
    with resumes.batch.fixed_size(200) as batch:
        batch.add_object({"id": "1"}, uuid=generate_uuid5("1"), vector=embed("护士"))
    print("TRAP", [one.message for one in resumes.batch.failed_objects])`,
    right: /forbidden to insert `id`/,
  },
]

let server: LiveServer
let vectors: string
let question: readonly number[]

beforeAll(async () => {
  if (noPython) return
  vectors = temporaryFolder('exports')
  mkdirSync(vectors, { recursive: true })
  writeFileSync(join(vectors, 'resumes.csv'), sampleCsv())
  const [, command] = /^npm run batch -- (run [^#\n]+)/m.exec(readPage()) ?? []
  await runProgram(process.execPath, batch(command!, vectors), root)
  server = await startLiveServer('ignore')
  question = (await server.embed(['护士']))[0]!
}, TIMEOUT)
afterAll(() => server?.close())

const readPage = () => readFileSync(join(root, 'docs', 'exports.md'), 'utf8')
/** The command of the page, its file and its folder being those of the test. */
const batch = (command: string, folder: string) => [
  ...[join(root, 'scripts', 'run.mjs'), join(root, 'scripts', 'batch.ts')],
  ...command
    .trim()
    .split(/\s+/)
    .map((word) => (word === 'resumes.csv' || word === 'vectors' ? join(folder, word) : word)),
]

describe('the recipes of docs/exports.md', () => {
  test('are the same programs on the Chinese page, at most 23 lines each', () => {
    expect([...programs.keys()]).toEqual(['exported', ...ENGINES.map(({ title }) => title)])
    expect(programsOf('exports.zh-CN.md')).toEqual(programs)
    for (const code of programs.values()) expect(code.trim().split('\n').length).toBeLessThanOrEqual(23)
  })

  for (const { title, needs, start, place = asItIs, cosineOf, count, trap, right } of ENGINES) {
    const reason = noPython || (needs ? lacking(needs) : '')
    test.skipIf(reason !== '')(
      `load a job into ${title}, which finds what arithmetic finds${reason}`,
      async () => {
        const folder = join(vectors, title)
        mkdirSync(folder)
        const engine = await start?.(folder)
        try {
          const local = (code: string) => code.replaceAll('http://localhost:3000', server.url)
          const pattern = 'vectors/*/part-*.jsonl'
          const exported = programs.get('exported')!
          expect(exported).toContain(pattern)
          writeFileSync(join(folder, 'exported.py'), local(exported).replace(pattern, `../${pattern}`))
          const recipe = place(programs.get(title)!, engine?.address ?? '')
          writeFileSync(join(folder, 'recipe.py'), recipe)
          writeFileSync(join(folder, 'again.py'), `${recipe}${count}\n${trap}\n`)
          const first = hitsIn(await runPython('recipe.py', folder), cosineOf)
          const again = await runPython('again.py', folder)

          const expected = nearest(join(vectors, 'vectors'), question, 3)
          for (const found of [first, hitsIn(again, cosineOf)]) {
            expect(found.map(({ id, title }) => [id, title])).toEqual(
              expected.map(({ id, title }) => [id, title]),
            )
            for (const [index, hit] of found.entries())
              expect(Math.abs(hit.cosine - expected[index]!.cosine)).toBeLessThan(0.001)
          }
          expect(again).toContain(`COUNT ${ROWS.length}\n`)
          expect(/TRAP (.*)/s.exec(again)?.[1]).toMatch(right)
        } finally {
          engine?.stop()
        }
      },
      TIMEOUT,
    )
  }
})
