import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bundleProgram } from '../../support/bundles.ts'
import type { EmbedOnce } from '../../support/embed-once.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { settingsFor, shippedFolder } from '../../support/shipped-model.ts'

const program = await bundleProgram('test/support/embed-once.ts')
afterAll(() => program.remove())

/** What a process that loads a model leaves in its home and in its folder for temporary files. */
function traces(environment: NodeJS.ProcessEnv): string[] {
  const home = temporaryFolder('home')
  const job: EmbedOnce = {
    settings: settingsFor(join(home, 'cache'), [shippedFolder]),
    model: 'jobs-static-2',
    input: 'nurse',
  }
  // The runtime keeps quiet by itself where it takes the machine for one that only tests.
  const { CI, GITHUB_ACTIONS, TF_BUILD, ORT_DISABLE_TELEMETRY, ...rest } = process.env
  const env = { ...rest, HOME: home, TMPDIR: home, XDG_CACHE_HOME: undefined, ...environment }
  const printed = execFileSync(process.execPath, [program.path('embed-once.js'), JSON.stringify(job)], {
    env,
    encoding: 'utf8',
  })
  expect(JSON.parse(printed)).toHaveProperty('vector')
  return readdirSync(home, { recursive: true, encoding: 'utf8' })
}

test("leaves no device id and no database of the runtime's telemetry", () => {
  expect(traces({})).toEqual([])
})

test('leaves the telemetry to those who ask for it', () => {
  expect(traces({ ORT_DISABLE_TELEMETRY: '0' }).join()).toContain('onnxruntime.db')
})
