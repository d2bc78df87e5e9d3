import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXPECTATIONS } from './expectations.ts'
import { type LiveServer, startLiveServer } from './live-server.ts'
import { hasClients, type Program, runNode, runPython, runShell } from './run.ts'
import { sectionsOf } from './snippets.ts'

/** The slowest client takes 6 s to import on an idle processor; this one may have fifteen neighbours. */
const TIMEOUT = 600_000
const sections = sectionsOf('clients.md')
let server: LiveServer

beforeAll(async () => {
  server = await startLiveServer()
}, TIMEOUT)
afterAll(() => server?.close())

const RUN: Readonly<Record<string, (program: Program) => Promise<unknown[]>>> = {
  python: runPython,
  ts: runNode,
  sh: runShell,
}
const needsInstallation = (language: string, foreign = false) => language === 'python' || foreign
const reason = ' (skipped: run npm run test:clients, which installs the clients)'
if (!hasClients) console.warn(`The programs of docs/clients.md${reason}`)

describe('the programs of docs/clients.md do what they promise', () => {
  test('each is expected to do something', () => {
    expect(sections.map(({ title }) => title)).toEqual(EXPECTATIONS.map(({ title }) => title))
  })

  for (const { title, before = '', after = '', result = '0', foreign = false, ...expected } of EXPECTATIONS) {
    const { language, code } = sections.find((section) => section.title === title)!
    const lacking = needsInstallation(language, foreign) && !hasClients
    test.skipIf(lacking)(
      `${title}${lacking ? reason : ''}`,
      async () => {
        const program = `${before}\n${code}\n${after}`.replaceAll('http://localhost:3000', server.url)
        const asked = after ? `[${result}, trap]` : `[${result}]`
        const found = await RUN[language]!({ code: program, result: asked, foreign })
        await expected.check(language === 'sh' ? found : found[0], server)
        await expected.checkTrap?.(found[1], server)
      },
      TIMEOUT,
    )
  }
})
