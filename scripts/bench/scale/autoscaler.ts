/** How a HorizontalPodAutoscaler of Kubernetes is set up. */
interface AutoscalerSettings {
  /** What the metric should be, in its own unit. */
  readonly target: number
  readonly most: number
  /** Nothing changes while the metric is within this share of the target; 0.1 in Kubernetes. */
  readonly tolerance: number
  /** Fewer replicas only when no proposal of the last so many milliseconds was higher; 300 s in Kubernetes. */
  readonly stabilizationMs: number
}

/** Decides how many replicas there should be. */
interface Autoscaler {
  /** The number of replicas from `now` (milliseconds) on, given how many there are and the mean metric of a replica. */
  decide(current: number, metric: number, now: number): number
}

/** Kubernetes at most doubles in one step, or adds four where that is more. */
const LARGEST_STEP = 4

/**
 * The rule of Kubernetes: `ceil(current × metric ÷ target)`, nothing within the tolerance, at least one replica; up at once,
 * though at most to the double or by four, and down to the highest number proposed within the stabilization window.
 */
export function createAutoscaler({
  target,
  most,
  tolerance,
  stabilizationMs,
}: AutoscalerSettings): Autoscaler {
  let proposals: { readonly at: number; readonly replicas: number }[] = []
  return {
    decide(current, metric, now) {
      const ratio = metric / target
      const proposed = Math.abs(ratio - 1) <= tolerance ? current : Math.ceil(current * ratio)
      const bounded = Math.min(most, Math.max(1, proposed))
      proposals = [
        ...proposals.filter(({ at }) => now - at < stabilizationMs),
        { at: now, replicas: bounded },
      ]
      if (bounded > current) return Math.min(bounded, Math.max(current * 2, current + LARGEST_STEP))
      return Math.min(current, Math.max(...proposals.map(({ replicas }) => replicas)))
    },
  }
}
