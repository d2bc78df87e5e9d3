import { describe, it } from 'vitest'
import { missingS3Programs } from '../../scripts/servers/s3-server.ts'

/**
 * A `describe` whose tests need the S3 server. Where its programs are missing they are skipped by name, or fail
 * when CI is set: nobody should believe that they passed.
 */
export function describeWithS3(name: string, define: () => void): void {
  const missing = missingS3Programs()
  if (missing.length === 0) {
    describe(name, define)
    return
  }
  const problem = `needs ${missing.join(', ')}: run "node scripts/install-test-servers.mjs"`
  if (process.env.CI) {
    it(`${name} ${problem}`, () => {
      throw new Error(`${name} ${problem}`)
    })
  } else {
    console.warn(`SKIPPED: ${name} ${problem}`)
    describe.skip(`${name} (skipped: ${problem})`, define)
  }
}
