/** What a match took so far, and what its models did not read. */
export interface Usage {
  /** Adds the work of one call. */
  add(work: { readonly tokens: number; readonly truncated: number }, model: string): void
  tokens(): number
  /** Texts that lost tokens, by all models together. */
  truncated(): number
  /** A sentence for each model that did not read all of its texts. */
  warnings(): string[]
}

/** An empty sum. */
export function createUsage(): Usage {
  const truncated = new Map<string, number>()
  let tokens = 0
  return {
    add(work, model) {
      tokens += work.tokens
      truncated.set(model, (truncated.get(model) ?? 0) + work.truncated)
    },
    tokens: () => tokens,
    truncated: () => [...truncated.values()].reduce((sum, count) => sum + count, 0),
    warnings: () =>
      [...truncated].flatMap(([model, count]) =>
        count === 0
          ? []
          : [
              `${count} texts are longer than model ${model} reads: what is beyond its maximum was not compared.`,
            ],
      ),
  }
}
