import type { ModelUsage, RunCounts } from './engine.ts'

/** Keeps count of what an engine's models do. */
interface UsageBook {
  /** A model was leased for a job. */
  used(model: string): void
  loaded(model: string, memoryBytes: number): void
  released(model: string): void
  /** A graph of the model ran with so many inputs. */
  ran(model: string, inputs: number): void
  entries(): readonly ModelUsage[]
}

/** Counts the loads, uses and evictions of models from the process's start on. */
export function createUsageBook(): UsageBook {
  const usages = new Map<string, ModelUsage>()
  const change = (model: string, changed: (usage: ModelUsage) => Partial<ModelUsage>) => {
    const usage = usages.get(model) ?? unused(model)
    usages.set(model, { ...usage, ...changed(usage) })
  }
  return {
    used: (model) => change(model, () => ({ lastUsedAt: Date.now() })),
    loaded: (model, memoryBytes) =>
      change(model, ({ loads }) => ({ loaded: true, memoryBytes, loads: loads + 1 })),
    released: (model) =>
      change(model, ({ evictions }) => ({ loaded: false, memoryBytes: 0, evictions: evictions + 1 })),
    ran: (model, inputs) =>
      change(model, ({ runs }) => ({ runs: addRuns(runs, { inputs, bySize: oneOfSize(inputs) }) })),
    entries: () => [...usages.values()],
  }
}

/** One run of so many inputs, as {@link RunCounts} has it. */
function oneOfSize(inputs: number): number[] {
  const place = Math.ceil(Math.log2(Math.max(1, inputs)))
  return Array.from({ length: place + 1 }, (_, index) => (index === place ? 1 : 0))
}

function addRuns(one: RunCounts, other: RunCounts): RunCounts {
  const length = Math.max(one.bySize.length, other.bySize.length)
  const bySize = Array.from({ length }, (_, index) => (one.bySize[index] ?? 0) + (other.bySize[index] ?? 0))
  return { inputs: one.inputs + other.inputs, bySize }
}

/** The usage of several engines as one: a model that two of them hold takes memory twice. */
export function sumUsage(usages: readonly ModelUsage[]): ModelUsage[] {
  const sums = new Map<string, ModelUsage>()
  for (const usage of usages) {
    const sum = sums.get(usage.model) ?? unused(usage.model)
    sums.set(usage.model, {
      model: usage.model,
      loaded: sum.loaded || usage.loaded,
      memoryBytes: sum.memoryBytes + usage.memoryBytes,
      loads: sum.loads + usage.loads,
      evictions: sum.evictions + usage.evictions,
      lastUsedAt: Math.max(sum.lastUsedAt, usage.lastUsedAt),
      runs: addRuns(sum.runs, usage.runs),
    })
  }
  return [...sums.values()]
}

function unused(model: string): ModelUsage {
  const runs = { inputs: 0, bySize: [] }
  return { model, loaded: false, memoryBytes: 0, loads: 0, evictions: 0, lastUsedAt: 0, runs }
}
