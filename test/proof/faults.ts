import { emptyAnswer, type Fault } from '../support/faulty-proxy.ts'
import type { Random } from './random.ts'

/** Counts what was done to the workers, by kind. */
export type FaultCounts = Record<string, number>

/** Counts one fault. */
export function countFault(counts: FaultCounts, kind: string): void {
  counts[kind] = (counts[kind] ?? 0) + 1
}

/** Draws what happens to one connection to S3; nothing, mostly. */
export function drawFault(random: Random, counts: FaultCounts, share = 0.25): Fault | undefined {
  const fault = random.chance(share) ? random.pick(FAULTS)(random) : undefined
  if (fault) countFault(counts, NAMES[fault.kind])
  return fault
}

const NAMES: Readonly<Record<Fault['kind'], string>> = {
  reset: 'connection reset',
  end: 'connection cut short',
  flip: 'bit flipped',
  drip: 'slow body',
  silence: 'silence',
  answer: '503 instead of an answer',
  cut: 'request cut off',
  slow: 'slow request',
  unheard: 'answer lost after the last byte',
}

const FAULTS: readonly ((random: Random) => Fault)[] = [
  (random) => ({ kind: 'reset', afterBytes: random.whole(0, 20_000) }),
  (random) => ({ kind: 'end', afterBytes: random.whole(0, 20_000) }),
  (random) => ({
    kind: 'drip',
    afterBytes: random.whole(0, 2000),
    bytes: random.whole(200, 2000),
    everyMs: 10,
  }),
  () => ({ kind: 'answer', text: emptyAnswer('503 Slow Down') }),
  (random) => ({ kind: 'cut', afterBytes: random.whole(1, 20_000) }),
  (random) => ({ kind: 'slow', bytesPerSecond: random.whole(100_000, 1_000_000) }),
  () => ({ kind: 'unheard' }),
]

/** The time that an invocation believes to have, and has. */
interface InvocationTime {
  readonly toldMs: number
  readonly realMs: number
}

/** Draws the time of one invocation: enough, too little to finish, or a sudden end without warning. */
export function drawTime(random: Random, counts: FaultCounts): InvocationTime {
  const draw = random.next()
  if (draw < 0.15) {
    countFault(counts, 'short time')
    const toldMs = random.whole(300, 900)
    return { toldMs, realMs: toldMs + 3000 }
  }
  if (draw < 0.22) {
    countFault(counts, 'sudden timeout')
    return { toldMs: 60_000, realMs: random.whole(100, 900) }
  }
  return { toldMs: 20_000, realMs: 25_000 }
}
