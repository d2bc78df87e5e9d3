import { vi } from 'vitest'

/** Waits until `check` no longer throws. Its limit is for what never comes, not for what a busy machine does late. */
export async function eventually(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 120_000, interval: 5 })
}
