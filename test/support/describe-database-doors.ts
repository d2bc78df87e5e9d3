import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CollectionCommandSettings, runCollectionCommand } from '../../scripts/collections/commands.ts'
import { runDatabaseCommand } from '../../scripts/collections/database.ts'
import type { App } from '../../src/app.ts'
import { createBatchApp } from '../../src/batch-app.ts'
import { readConfig } from '../../src/config.ts'
import { createContext } from '../../src/context.ts'
import { createMatchApp } from '../../src/match-app.ts'
import { createBucket, readOutput } from './batch-service.ts'
import { because } from './because.ts'
import { temporaryFolder } from './folders.ts'
import { post } from './http.ts'
import { startJudgeServer } from './judge-server.ts'
import { MACHINE } from './settings.ts'

/** A database or vector bucket, as settings name it, and what it says of itself. */
interface Database {
  readonly place: string
  readonly engine: 'pgvector' | 's3vectors'
  readonly password?: string
  stop(): Promise<void>
}

const PEOPLE = [
  { id: 'nurse', text: 'Registered nurse in intensive care', skills: ['ventilators'], years: 7 },
  { id: 'young', text: 'Nurse, just qualified', years: 0 },
  { id: 'cook', text: 'Chef de partie in a hotel kitchen', years: 9 },
  { id: '护士', text: '重症监护室护士', years: 4 },
]
const linesOf = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
/** The same to four places: a database keeps 11 bits of each number of a vector. */
const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, item) => (typeof item === 'number' ? Math.round(item * 500) : item)))

/** What the tool's sentences call each engine, whether it searches few rows exactly, and what it refuses. */
const WORDS = {
  pgvector: { where: 'in PostgreSQL', exact: true, rollback: 'is whole or not there' },
  s3vectors: { where: 'in Amazon S3 Vectors', exact: false, rollback: 'when it is whole' },
} as const
const JUDGE = 'openai.gpt-oss-20b-1:0'

/** What the doors of the program promise of collections in a database: the tool, `/match` and batch jobs. */
export function describeDatabaseDoors(name: string, open: () => Promise<Database>, absent?: string): void {
  const reason = because(absent)
  describe.skipIf(absent)(`the doors of collections in ${name}${reason}`, () => {
    let database: Database
    let environment: Record<string, string>
    let judge: Awaited<ReturnType<typeof startJudgeServer>>
    const words = () => WORDS[database.engine]
    const folder = temporaryFolder('rows')
    const printed: string[] = []
    const run = (command: string, names: readonly string[], more: Partial<CollectionCommandSettings> = {}) =>
      runDatabaseCommand(command, names, {
        ...{ to: database.place, name: 'people', environment, print: (line) => printed.push(line) },
        ...more,
      })
    beforeAll(async () => {
      database = await open()
      judge = await startJudgeServer((resume) => (resume.includes('Chef') ? 0.9 : 0.1))
      const { place, password } = database
      environment = { COLLECTIONS: place, ...(password && { COLLECTIONS_PASSWORD: password }) }
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'people.jsonl'), linesOf(PEOPLE))
      writeFileSync(join(folder, 'gone.txt'), 'nurse\nnobody\n')
    })
    afterAll(async () => {
      judge?.close()
      await database?.stop()
    })
    const configOf = (settings: Record<string, string>) => readConfig(settings, { ...MACHINE, root: '.' })
    const opened = async <T>(settings: Record<string, string>, work: (app: App) => Promise<T>) => {
      const app = createMatchApp(configOf(settings))
      try {
        return await work(app)
      } finally {
        await app.close()
      }
    }
    const ask = async ({ http }: App, more: object) => {
      const body = { query: 'intensive care nurse', candidates: { collection: 'people' }, ...more }
      return (await http.fetch(post('/match', body))).json() as Promise<Record<string, unknown>>
    }

    it('finds by the name of the collection what the tool has built, through filters', async () => {
      await run('build', [join(folder, 'people.jsonl')])
      expect(printed[0]).toMatch(new RegExp(`^Version 1: 4 rows of .* ${words().where}\\.$`))
      await opened(environment, async (app) => {
        expect(await ask(app, { filters: { years: { min: 5 } } })).toMatchObject({
          results: [{ id: 'nurse' }, { id: 'cook' }],
          collection: {
            name: 'people',
            version: 1,
            rows: 4,
            engine: database.engine,
            exact: words().exact,
            ...(words().exact && { excluded: 2 }),
          },
        })
        expect(await ask(app, { filters: { yers: { min: 1 } } })).toMatchObject({
          warnings: expect.arrayContaining([expect.stringContaining('did you mean "years"?')]),
        })
        await run('remove', [join(folder, 'gone.txt')])
        expect(printed.at(-1)).toMatch(/^1 of 2 ids were there\. Version 2: 3 rows/)
        const after = async () => (await ask(app, { filters: { years: { min: 5 } } })).results
        // Who searches S3 Vectors sees a change within a second.
        await expect.poll(after, { timeout: 5000 }).toMatchObject([{ id: 'cook' }])
      })
    }, 60_000)

    it('bands, explains, reranks and judges rows as those of the built-in engine', async () => {
      await run('build', [join(folder, 'people.jsonl')])
      const to = join(folder, 'store')
      await runCollectionCommand('build', [join(folder, 'people.jsonl')], {
        ...{ to, name: 'people', environment: {}, print: () => {} },
      })
      const asked = {
        explain: true,
        rerank: { model: 'jobs-static-2', top: 3 },
        query: { text: 'intensive care nurse', skills: ['ventilators', 'weaning'] },
      }
      const judged = { ...asked, rerank: undefined, judge: { model: JUDGE, top: 4 } }
      const away = { GENERATE_ENDPOINT: judge.endpoint, GENERATE_MODELS: JUDGE, JUDGE_WEIGHT: '0.5' }
      const both = (settings: Record<string, string>) =>
        opened({ ...settings, ...away }, async (app) => ({
          plain: await ask(app, asked),
          judged: await ask(app, judged),
        }))
      const [{ plain: ours, judged: ourJudged }, { plain: theirs, judged: theirJudged }] = [
        await both(environment),
        await both({ COLLECTIONS: to }),
      ]
      expect(theirs).toMatchObject({ collection: { engine: 'exact', exact: true } })
      expect(ours).toMatchObject({
        collection: { engine: database.engine, exact: words().exact },
        results: [
          {
            ...{ id: 'nurse', band: expect.any(String), rerank: expect.any(Number) },
            explanation: { skills: { matched: [{ query: 'ventilators' }], missing: ['weaning'] } },
          },
          {},
          {},
          {},
        ],
      })
      expect(rounded(ours.results)).toEqual(rounded(theirs.results))
      const cook = expect.objectContaining({ id: 'cook', judge: expect.closeTo(0.9, 1) })
      expect(ourJudged.results).toEqual(expect.arrayContaining([cook]))
      expect(rounded(ourJudged.results)).toEqual(rounded(theirJudged.results))
    }, 60_000)

    it('takes batch jobs by the name of the collection, to build it and to search it', async () => {
      const { store } = createBucket({
        'input/staff.jsonl': linesOf(PEOPLE),
        'input/staff.jsonl.job.json': '{"job":"collection","collection":"staff"}',
        'input/asked.jsonl': linesOf([{ asked: 1, text: 'hotel cook' }]),
        'input/asked.jsonl.job.json': '{"job":"match","collection":"staff","top":2}',
        'input/wrong.jsonl': linesOf([{ text: 'hotel cook' }]),
        'input/wrong.jsonl.job.json': '{"job":"match","collection":"nobody"}',
      })
      const { batch, close } = createBatchApp(configOf(environment))
      const outcomes = []
      for (const name of ['staff', 'asked', 'wrong'])
        outcomes.push(await batch.run({ store, key: `input/${name}.jsonl` }, createContext()))
      await close()
      expect(outcomes).toMatchObject([
        { status: 'succeeded' },
        { status: 'succeeded' },
        { status: 'failed', error: { message: expect.stringContaining('has no collection nobody') } },
      ])
      const rows = (await readOutput(store, 'part')).filter(({ asked }) => asked === 1)
      expect(rows).toMatchObject([{ matches: [{ id: 'cook' }, {}] }])
      expect('approximate' in rows[0]!).toBe(!words().exact)
    }, 60_000)

    it('says what a database does itself instead of a command', async () => {
      await expect(run('rollback', [])).rejects.toThrow(words().rollback)
      if (database.engine === 'pgvector') await expect(run('compact', [])).rejects.toThrow('autovacuum')
      await expect(run('info', [], { name: 'nobody' })).rejects.toThrow('has no collection nobody')
      await expect(run('build', ['x.jsonl'], { encoding: 'int8' })).rejects.toThrow('leave --encoding out')
    })
  })
}
