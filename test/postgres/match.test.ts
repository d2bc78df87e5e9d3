import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runDatabaseCommand } from '../../scripts/collections/database.ts'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { temporaryFolder } from '../support/folders.ts'
import { post } from '../support/http.ts'
import { MACHINE } from '../support/settings.ts'
import { absent, reason, startPostgres } from './server.ts'

describe.skipIf(absent)(`a match over a collection in PostgreSQL${reason}`, () => {
  let server: Awaited<ReturnType<typeof startPostgres>>
  const folder = temporaryFolder('rows')
  const printed: string[] = []
  const run = (command: string, names: readonly string[], more: object = {}) =>
    runDatabaseCommand(command, names, {
      to: server.place(),
      name: 'people',
      environment: { COLLECTIONS_PASSWORD: server.password },
      print: (line) => printed.push(line),
      ...more,
    })
  beforeAll(async () => {
    server = await startPostgres()
    const rows = [
      { id: 'nurse', text: 'Registered nurse in intensive care', years: 7 },
      { id: 'young', text: 'Nurse, just qualified', years: 0 },
      { id: 'cook', text: 'Chef de partie in a hotel kitchen', years: 9 },
    ]
    writeFileSync(join(folder, 'people.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    writeFileSync(join(folder, 'gone.txt'), 'nurse\nnobody\n')
    await run('build', [join(folder, 'people.jsonl')])
  }, 180_000)
  afterAll(() => server?.stop())

  it('finds by the name of the collection what the tool has built, through filters', async () => {
    expect(printed[0]).toMatch(/^Version 1: 3 rows of .* in PostgreSQL\.$/)
    const config = readConfig(
      { COLLECTIONS: server.place(), COLLECTIONS_PASSWORD: server.password },
      { ...MACHINE, root: '.' },
    )
    const app = createApp(config)
    const ask = async (filters: object) => {
      const body = { query: 'intensive care nurse', candidates: { collection: 'people' }, filters }
      return (await app.http.fetch(post('/match', body))).json()
    }
    expect(await ask({ years: { min: 1 } })).toMatchObject({
      results: [{ id: 'nurse' }, { id: 'cook' }],
      collection: { name: 'people', version: 1, rows: 3, excluded: 1 },
    })
    expect(await ask({ yers: { min: 1 } })).toMatchObject({
      warnings: expect.arrayContaining([expect.stringContaining('did you mean "years"?')]),
    })
    await run('remove', [join(folder, 'gone.txt')])
    expect(printed.at(-1)).toMatch(/^1 of 2 ids were there\. Version 2: 2 rows/)
    expect(await ask({ years: { min: 1 } })).toMatchObject({ results: [{ id: 'cook' }] })
    await app.close()
  })

  it('says what a database does itself instead of a command', async () => {
    await expect(run('compact', [])).rejects.toThrow('autovacuum')
    await expect(run('info', [], { name: 'nobody' })).rejects.toThrow('has no collection nobody')
    await expect(run('build', ['x.jsonl'], { encoding: 'int8' })).rejects.toThrow('leave --encoding out')
  })
})
