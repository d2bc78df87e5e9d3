/** Inputs of one job that wait for their run. */
export interface WaitingInputs {
  /** Tokens of each input of the job. */
  readonly lengths: ArrayLike<number>
  /** Indices of inputs that have not been run, longest first; in input order when they run alone. */
  readonly left: number[]
  /** Whether each input has a run of its own. */
  readonly alone: boolean
  /** Whether a run that could have had inputs of this job went without. */
  passedOver: boolean
}

/** The rows of one run that belong to one job, as indices of its inputs. */
export interface Share<Job> {
  readonly job: Job
  readonly indices: number[]
}

/** Decides what the next run of one graph takes from the jobs that wait. */
interface RunPlanner {
  /**
   * Takes inputs of `jobs`, in order of their arrival, out of their `left`. Padded tokens stay within the budget unless
   * one input alone has more.
   *
   * @returns one share a job, at least one when anything is left
   */
  next<Job extends WaitingInputs>(jobs: Iterable<Job>): Share<Job>[]
}

/** Padding that an input may add to a run: a quarter of it, or so few tokens that a run of its own costs more. */
const MOST_PADDING = 0.25
const CHEAP_PADDING = 48

/**
 * A planner for runs of at most `tokenBudget` padded tokens. Small jobs, which fit into one run, go together, oldest
 * first. Large ones, and those whose inputs run alone, have every second run while both kinds wait, one after another,
 * so that a text waits for the run that is going and at most one more, however many large jobs there are. A job that
 * waits alone gets the runs of `planBatches`.
 */
export function createRunPlanner(tokenBudget: number): RunPlanner {
  let smallLed = false
  let turns = 0
  const lastTurn = new WeakMap<WaitingInputs, number>()
  const nextInTurn = <Job extends WaitingInputs>(large: readonly Job[]): Job =>
    large.reduce((first, job) => ((lastTurn.get(job) ?? 0) < (lastTurn.get(first) ?? 0) ? job : first))

  return {
    next(jobs) {
      const waiting = [...jobs].filter(({ left }) => left.length > 0)
      const small = waiting.filter((job) => isSmall(job, tokenBudget))
      const large = waiting.filter((job) => !isSmall(job, tokenBudget))
      const run = createRun<(typeof waiting)[number]>(tokenBudget)
      const largeLeads = large.length > 0 && (small.length === 0 || smallLed)
      smallLed = !largeLeads && small.length > 0
      if (largeLeads) {
        const leader = nextInTurn(large)
        lastTurn.set(leader, ++turns)
        run.lead(leader)
        if (leader.alone) return run.shares()
      } else if (small.length > 0) leadSmall(run, small, tokenBudget)
      for (const job of [...small, ...large]) if (!job.alone) run.fill(job)
      for (const job of small) job.passedOver = job.left.length > 0
      return run.shares()
    },
  }
}

/** Whether all inputs of a job that are left go into one run with others. */
function isSmall({ left, lengths, alone }: WaitingInputs, tokenBudget: number): boolean {
  return !alone && (left.length === 1 || left.length * lengths[left[0]!]! <= tokenBudget)
}

/** All that were passed over before, where they fit into one run, whatever the padding; else the oldest job. */
function leadSmall<Job extends WaitingInputs>(
  run: Run<Job>,
  small: readonly Job[],
  tokenBudget: number,
): void {
  const passedOver = small.filter((job) => job.passedOver)
  const rows = passedOver.reduce((sum, { left }) => sum + left.length, 0)
  const longest = passedOver.reduce((most, { left, lengths }) => Math.max(most, lengths[left[0]!]!), 0)
  const together = rows > 0 && rows * longest <= tokenBudget
  for (const job of together ? passedOver : small.slice(0, 1)) run.lead(job)
}

interface Run<Job> {
  /** Takes as many of the longest inputs as the budget allows, at least one; one when they run alone. */
  lead(job: Job): void
  /** Takes inputs that pad little, those nearest to the run's longest first. */
  fill(job: Job): void
  shares(): Share<Job>[]
}

function createRun<Job extends WaitingInputs>(tokenBudget: number): Run<Job> {
  const shares: Share<Job>[] = []
  let [rows, sequence, tokens] = [0, 0, 0]
  const add = (job: Job, from: number, count: number) => {
    if (count === 0) return
    const indices = job.left.splice(from, count)
    for (const index of indices) {
      sequence = Math.max(sequence, job.lengths[index]!)
      tokens += job.lengths[index]!
    }
    rows += count
    const share = shares.find((candidate) => candidate.job === job)
    if (share) share.indices.push(...indices)
    else shares.push({ job, indices })
  }
  const accepts = (length: number) => {
    const padded = (rows + 1) * Math.max(sequence, length)
    const padding = padded - tokens - length
    return padded <= tokenBudget && (padding <= CHEAP_PADDING || padding <= MOST_PADDING * padded)
  }
  return {
    lead(job) {
      const longest = Math.max(sequence, job.lengths[job.left[0]!]!)
      const most = job.alone ? 1 : Math.max(1, Math.floor(tokenBudget / longest) - rows)
      add(job, 0, Math.min(most, job.left.length))
    },
    fill(job) {
      const { left, lengths } = job
      const shorter = firstAtMost(left, lengths, sequence)
      while (shorter < left.length && accepts(lengths[left[shorter]!]!)) add(job, shorter, 1)
      for (let at = shorter - 1; at >= 0 && accepts(lengths[left[at]!]!); at--) add(job, at, 1)
    },
    shares: () => shares,
  }
}

/** The first place of `left`, longest first, whose input has at most `most` tokens. */
function firstAtMost(left: readonly number[], lengths: ArrayLike<number>, most: number): number {
  let [low, high] = [0, left.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (lengths[left[middle]!]! > most) low = middle + 1
    else high = middle
  }
  return low
}
