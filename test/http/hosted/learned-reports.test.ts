import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reportRoutes } from '../../../src/http/hosted/learned-reports.ts'
import { createCatalog } from '../../../src/models/catalog/catalog.ts'
import { readLearnedReport } from '../../../src/models/files/read-model-file.ts'
import { writeLearned } from '../../../src/models/files/write-learned.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import { createMatrix } from '../../../src/vector/matrix.ts'
import { fixtureManifests } from '../../support/fixtures.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { createTestApp, get } from '../../support/http.ts'

const base = fixtureManifests.find(({ id }) => id === 'bert-float32')!
const report = { decision: { ships: false, reasons: ['The gain in MRR is +0.0020.'] } }

/** A server that serves `bert-float32` and the model learned on it, with the folder that the latter lies in. */
async function createFixture() {
  const folder = temporaryFolder('learned')
  const learned = await writeLearned(
    {
      name: 'bert.acme',
      base,
      made: { side: 'query', map: createMatrix(base.dimensions, base.dimensions) },
      data: { sha256: 'a'.repeat(64), counts: { pairs: 300 } },
      date: new Date('2026-11-28'),
      forced: true,
      canaries: [],
      report,
    },
    createDirectoryStore(folder),
  )
  const stores = [createDirectoryStore(temporaryFolder('empty')), createDirectoryStore(folder)]
  const routes = reportRoutes({
    catalog: createCatalog([base, learned]),
    readReport: (manifest, context) => readLearnedReport(manifest, stores, context),
    drawReport: (shown) =>
      `<svg xmlns="http://www.w3.org/2000/svg"><title>${JSON.stringify(shown)}</title></svg>`,
  })
  const app = createTestApp({ more: routes, token: 'secret' })
  const ask = (path: string, token = 'secret') => app.fetch(get(path, { authorization: `Bearer ${token}` }))
  return { ask, folder: join(folder, learned.id) }
}

test('answers the report of a learned model, and its picture as a type that runs nothing', async () => {
  const { ask } = await createFixture()
  expect(await (await ask('/models/bert.acme-2026-11/report')).json()).toEqual(report)
  const picture = await ask('/models/bert.acme-2026-11/report.svg')
  expect(picture.headers.get('content-type')).toBe('image/svg+xml')
  expect(picture.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(await picture.text()).toContain('+0.0020')
})

test('asks for the token that the other routes ask for', async () => {
  const { ask } = await createFixture()
  for (const path of ['report', 'report.svg'])
    expect((await ask(`/models/bert.acme-2026-11/${path}`, 'wrong')).status).toBe(401)
})

test.each(['bert-float32', 'nobody', '..%2Fbert.acme-2026-11', '%2e%2e', 'bert.acme-2026-11%2F..%2Fx'])(
  'has no report of %s, and looks at no path made of it',
  async (id) => {
    const { ask } = await createFixture()
    const answer = await ask(`/models/${id}/report`)
    expect([answer.status, (await answer.text()).includes('decision')]).toEqual([404, false])
  },
)

test('says that a report is another one than the manifest names, and shows nothing of it', async () => {
  const { ask, folder } = await createFixture()
  writeFileSync(join(folder, 'report.json'), '{"decision":{"ships":true}}')
  const answer = await ask('/models/bert.acme-2026-11/report')
  expect(answer.status).toBe(503)
  const text = await answer.text()
  expect(text).toContain('another one than its manifest names')
  expect([text.includes(folder), text.includes('ships')]).toEqual([false, false])
})
