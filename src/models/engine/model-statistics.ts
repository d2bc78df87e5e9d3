import type { ModelUsage } from './engine.ts'

/** Keeps count of what an engine's models do. */
interface UsageBook {
  /** A model was leased for a job. */
  used(model: string): void
  loaded(model: string, memoryBytes: number): void
  released(model: string): void
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
    entries: () => [...usages.values()],
  }
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
    })
  }
  return [...sums.values()]
}

function unused(model: string): ModelUsage {
  return { model, loaded: false, memoryBytes: 0, loads: 0, evictions: 0, lastUsedAt: 0 }
}
