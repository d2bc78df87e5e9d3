/** How often sizes of each class occurred: 1, 2, 3 to 4, 5 to 8 and so on. */
export interface SizeCounts {
  /** The sum of all sizes. */
  readonly inputs: number
  readonly bySize: readonly number[]
}

/** Enough for 4,096, the most inputs that are run at once; larger ones count in the last one, `+Inf`. */
const CLASSES = 13

/**
 * A histogram whose counts come from elsewhere, in the text format of Prometheus, which prom-client can write of its own
 * observations alone.
 *
 * @param name of the metric, in small letters with underscores
 */
export function histogramText(name: string, help: string, counts: ReadonlyMap<string, SizeCounts>): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`]
  for (const [model, { inputs, bySize }] of counts) {
    const label = `model=${JSON.stringify(model)}`
    let below = 0
    for (let place = 0; place < CLASSES; place++) {
      below += bySize[place] ?? 0
      lines.push(`${name}_bucket{le="${2 ** place}",${label}} ${below}`)
    }
    const all = bySize.reduce((sum, count) => sum + count, 0)
    lines.push(`${name}_bucket{le="+Inf",${label}} ${all}`)
    lines.push(`${name}_sum{${label}} ${inputs}`, `${name}_count{${label}} ${all}`)
  }
  return `\n${lines.join('\n')}\n`
}
