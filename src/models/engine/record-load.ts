import type { Metrics } from '../../metrics.ts'
import type { Loading } from './engine.ts'

/** Adds what it took to bring a model into memory to its metrics; nothing when it was there. */
export function recordLoad(
  metrics: Metrics,
  model: string,
  { coldStart, loadMs, loadBytes, loadedFrom, memoryBytes }: Loading,
): void {
  if (!coldStart) return
  metrics.add(model, 'LoadTime', loadMs)
  metrics.add(model, 'LoadBytes', loadBytes)
  if (memoryBytes !== undefined) metrics.add(model, 'ModelMemory', memoryBytes)
  if (loadedFrom === undefined) return
  metrics.add(model, `LoadTime/${loadedFrom}`, loadMs)
  if (loadedFrom !== 'disk')
    metrics.add(model, loadedFrom === 'cache' ? 'DiskCacheHits' : 'DiskCacheMisses', 1)
}
