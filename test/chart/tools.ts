import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { because } from '../support/because.ts'

const folder = resolve('.cache/chart')

/** Whether `scripts/install-chart-tools.mjs` has put the tools there. */
export const installed = existsSync(join(folder, 'stamp'))

/** Why tests of the chart are skipped, as the end of a title; empty where they are not. */
export const reason = because(!installed && 'Helm is not installed; run "npm run test:chart"')

/** The chart. */
export const CHART = resolve('scripts/deploy/chart')

/** What a program said, on both channels together, and how it ended. */
interface Ended {
  readonly code: number
  readonly out: string
  readonly all: string
}

/** Runs one of the tools to its end, whatever that is. */
export function runTool(
  tool: 'helm' | 'kubectl' | 'kubernetes-validate' | 'checkov',
  args: readonly string[],
) {
  const program = tool === 'helm' || tool === 'kubectl' ? `${tool}/${tool}` : `python/bin/${tool}`
  // Checkov asks the internet for news of itself otherwise.
  const env = { ...process.env, CKV_IGNORE_HIDDEN_DIRECTORIES: 'false', HELM_NO_PLUGINS: '1' }
  return new Promise<Ended>((done) => {
    execFile(join(folder, program), args, { env, maxBuffer: 1 << 28 }, (error, out, err) => {
      done({ code: error ? Number(error.code ?? 1) : 0, out, all: `${out}${err}` })
    })
  })
}
