import { afterAll, beforeAll } from 'vitest'
import type { RetryPolicy } from '../../src/storage/retry-policy.ts'

/** As patient as the client is in how often it asks, without its pauses. */
export const FAST_POLICY: RetryPolicy = {
  attempts: 10,
  firstDelayMs: 1,
  longestDelayMs: 4,
  stallMs: 60_000,
  stallBytes: 1,
}

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'us-east-1' }

/** Gives the tests of a file credentials that a server of their own takes. */
export function withCredentials(): void {
  const before = { ...process.env }
  beforeAll(() => void Object.assign(process.env, CREDENTIALS))
  afterAll(() => {
    for (const name of Object.keys(CREDENTIALS)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  })
}
