import prices from '../../src/prices.json' with { type: 'json' }

/** A large file and how it is to be worked on. */
interface LargeJob {
  readonly rows: number
  readonly bytesPerRow: number
  readonly rangeBytes: number
  /** Rows that one function turns into vectors in a second, measured. */
  readonly rowsPerSecond: number
  readonly shardRows: number
  readonly outputBytesPerRow: number
  /** Ranges that are worked on side by side. */
  readonly concurrency: number
  readonly memoryMegabytes: number
  /** Longest time of one invocation. */
  readonly timeoutSeconds: number
}

/** What it takes. */
interface Forecast {
  readonly ranges: number
  /** Of one range; beyond one it is continued from its last shard. */
  readonly invocationsPerRange: number
  readonly shards: number
  readonly minutes: number
  readonly outputGigabytes: number
  readonly usd: {
    readonly compute: number
    readonly requests: number
    readonly storeRequests: number
    readonly stateMachine: number
    readonly total: number
  }
  /** Limits of AWS that are reached, each with what happens then. */
  readonly limits: readonly string[]
}

const GIGABYTE_SECOND = prices.lambda.gigabyteSecond.x64
const INVOCATION = prices.lambda.millionRequests / 1e6
const WRITE = prices.s3.millionWrites / 1e6
const QUESTION = prices.s3.millionReads / 1e6
const TRANSITION = prices.stepFunctions.millionTransitions / 1e6

/** Loading the model and the tokenizer, once for each process. */
const COLD_SECONDS = 0.6
/** Kept back from the timeout, see the batch door. */
const MARGIN_SECONDS = 5
/** Of a child of the map: its start, the task, the choice, the end. */
const TRANSITIONS_PER_RANGE = 4
/** Of a shard: is the source unchanged, is the job cancelled. */
const QUESTIONS_PER_SHARD = 2

const MOST_CHILDREN = 10_000
const USUAL_FUNCTIONS = 1000
const NEW_FUNCTIONS_PER_SECOND = 100
const WRITES_PER_SECOND = 3500
const MOST_HISTORY_EVENTS = 25_000
const EVENTS_PER_INVOCATION = 7

/**
 * Time, cost and limits of a file that is split over many functions, by arithmetic: nothing is run. Time is that of
 * full waves of equal ranges; stragglers and throttling are not in it.
 */
export function forecast(job: LargeJob): Forecast {
  const bytes = job.rows * job.bytesPerRow
  const ranges = Math.max(1, Math.ceil(bytes / job.rangeBytes))
  const secondsPerRange = job.rows / ranges / job.rowsPerSecond
  const invocationsPerRange = Math.ceil(secondsPerRange / (job.timeoutSeconds - MARGIN_SECONDS))
  const shards = ranges * Math.ceil(job.rows / ranges / job.shardRows)
  const lanes = Math.min(job.concurrency, ranges)
  const rampSeconds = lanes / NEW_FUNCTIONS_PER_SECOND
  const seconds = Math.ceil(ranges / lanes) * secondsPerRange + COLD_SECONDS + rampSeconds
  const functionSeconds = job.rows / job.rowsPerSecond + lanes * COLD_SECONDS
  const invocations = ranges * invocationsPerRange + 2
  const usd = {
    compute: functionSeconds * (job.memoryMegabytes / 1024) * GIGABYTE_SECOND,
    requests: invocations * INVOCATION,
    storeRequests: shards * (WRITE + QUESTIONS_PER_SHARD * QUESTION),
    stateMachine: (ranges * TRANSITIONS_PER_RANGE * invocationsPerRange + 4) * TRANSITION,
  }
  return {
    ranges,
    invocationsPerRange,
    shards,
    minutes: seconds / 60,
    outputGigabytes: (job.rows * job.outputBytesPerRow) / 1e9,
    usd: { ...usd, total: Object.values(usd).reduce((sum, value) => sum + value) },
    limits: limitsOf(job, lanes, invocationsPerRange),
  }
}

function limitsOf(
  { rowsPerSecond, shardRows, concurrency }: LargeJob,
  lanes: number,
  invocations: number,
): string[] {
  const limits: string[] = []
  const writes = (lanes * rowsPerSecond) / shardRows
  if (concurrency > MOST_CHILDREN) limits.push(`A map runs at most ${MOST_CHILDREN} children side by side.`)
  if (lanes > USUAL_FUNCTIONS) {
    limits.push(
      `An account runs ${USUAL_FUNCTIONS} functions side by side until it asks for more; beyond, ranges wait and are tried again.`,
    )
  }
  if (writes > WRITES_PER_SECOND) {
    limits.push(
      `S3 takes ${WRITES_PER_SECOND} writes a second below one prefix, this job makes ${Math.round(writes)}; workers wait and try again.`,
    )
  }
  if (invocations * EVENTS_PER_INVOCATION > MOST_HISTORY_EVENTS) {
    limits.push(`A child keeps ${MOST_HISTORY_EVENTS} events; make ranges smaller.`)
  }
  return limits
}

/** A forecast in words. */
export function formatForecast({
  ranges,
  invocationsPerRange,
  shards,
  minutes,
  outputGigabytes,
  usd,
  limits,
}: Forecast): string {
  const dollars = (value: number) => `$${value.toFixed(2)}`
  const count = (value: number) => value.toLocaleString('en-US')
  return [
    `${count(ranges)} ranges, ${invocationsPerRange} invocations each, ${count(shards)} shards, ${outputGigabytes.toFixed(0)} GB of output`,
    `${minutes.toFixed(0)} minutes, ${dollars(usd.total)}: functions ${dollars(usd.compute)}, requests ${dollars(usd.requests)}, S3 ${dollars(usd.storeRequests)}, state machine ${dollars(usd.stateMachine)}`,
    ...(limits.length > 0 ? limits : ['No limit of AWS is reached.']),
  ].join('\n')
}
