import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'vitest'

const folder = join(import.meta.dirname, '../../.cache/aws')
const python = join(folder, 'bin', 'python')
const reason = existsSync(join(folder, 'stamp'))
  ? undefined
  : 'needs moto, cfn-lint and checkov: run "npm run test:aws", which installs them'

/** Tests that need a moto which knows S3 Vectors; skipped aloud where it is not installed. */
export function describeWithVectors(name: string, define: (python: string) => void): void {
  const own = join(import.meta.dirname, '../../.cache/aws-vectors')
  const missing = !existsSync(join(own, 'stamp'))
  const why = 'needs moto with a newer boto3: run "npm run test:aws", which installs it'
  if (missing) console.warn(`SKIPPED: ${name} ${why}`)
  describe.skipIf(missing)(missing ? `${name} (skipped: ${why})` : name, () =>
    define(join(own, 'bin', 'python')),
  )
}

/** Tests that need Python's tools for AWS; skipped aloud where they are not installed. */
export function describeWithAws(name: string, define: (python: string) => void): void {
  if (reason) console.warn(`SKIPPED: ${name} ${reason}`)
  describe.skipIf(reason !== undefined)(reason ? `${name} (skipped: ${reason})` : name, () => define(python))
}

/** Runs one of those tools. */
export function runTool(tool: string, ...options: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(join(folder, 'bin', tool), options, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return { status, stdout, stderr }
}
