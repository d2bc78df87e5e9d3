import type { App } from '../../src/app.ts'
import type { HttpApp } from '../../src/http/app.ts'

/** An app around an HTTP interface, which counts how often it was closed. */
export function appAround(http: HttpApp): App & { closed(): number } {
  let closed = 0
  let reason: string | undefined
  return {
    http,
    engine: { usage: () => [] },
    preload: async () => {},
    warm: async () => [],
    unready: () => reason,
    drain() {
      reason = 'The process is about to stop.'
    },
    problem: () => undefined,
    close: async () => void closed++,
    closed: () => closed,
  }
}
