import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { startLiveServer } from '../clients/live-server.ts'

const bin = resolve('.cache/contract/python', process.platform === 'win32' ? 'Scripts' : 'bin')
const installed = existsSync(resolve('.cache/contract/stamp'))
const reason = ' (skipped: run npm run test:contract, which installs Schemathesis)'
if (!installed) console.warn(`The OpenAPI document against the server${reason}`)

/** Some 2,000 requests take 40 s on one processor; this test may have fifteen neighbours. */
const TIMEOUT = 1_200_000

/** A list that is longer than its schema says is refused by 413, which Schemathesis does not take for a refusal. */
const CONFIG = `[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 424, 428, 429, "5xx"]

# Of the models that GET /models names this machine has one.
[[operations]]
include-name = "POST /models/{model}/load"
checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503"]
`

/** The report, and the exit code: 0 when every request was answered as the document says. */
function runSchemathesis(url: string, folder: string): Promise<{ code: number; report: string }> {
  const args = [
    'run',
    `${url}/openapi.json`,
    '--checks',
    'all',
    '--exclude-checks',
    'positive_data_acceptance',
  ]
  // The same requests each time: what is found can be found again.
  const repeatable = ['--seed', '20261128', '--generation-deterministic', '--max-examples', '30']
  const phases = ['--phases', 'examples,coverage,fuzzing', '--request-timeout', '120', '--no-color']
  const env = { ...process.env, SCHEMATHESIS_HOOKS: resolve('test/contract/checks.py') }
  const settings = { cwd: folder, env, maxBuffer: 1 << 28 }
  return new Promise((done) => {
    execFile(join(bin, 'schemathesis'), [...args, ...repeatable, ...phases], settings, (error, out, err) => {
      done({ code: error ? Number(error.code) : 0, report: `${out}${err}` })
    })
  })
}

test.skipIf(!installed)(
  `the server answers every request of Schemathesis as its OpenAPI document says${installed ? '' : reason}`,
  async () => {
    const server = await startLiveServer('ignore')
    const folder = await mkdtemp(join(tmpdir(), 'contract-'))
    await writeFile(join(folder, 'schemathesis.toml'), CONFIG)
    try {
      const { code, report } = await runSchemathesis(server.url, folder)
      expect(code, report.slice(-20_000)).toBe(0)
      // It must have asked something, and valid bodies among it.
      expect(report).toMatch(/Tested: +\d\d/)
      expect(Number(/(\d+) generated/.exec(report)?.[1])).toBeGreaterThan(500)
    } finally {
      server.close()
      await rm(folder, { recursive: true })
    }
  },
  TIMEOUT,
)
