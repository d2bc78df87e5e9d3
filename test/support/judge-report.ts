/** A stored report that proves a gain of the model `judge` with the usual settings, but for some changes. */
export function provenReport({ promptVersion = '1', ...changes }: Record<string, unknown> = {}): string {
  return JSON.stringify({
    format: 1,
    judge: { names: ['judge', 'someone/judge', 'short'], runtime: 'remote', host: 'llm.example' },
    measured: { promptVersion, top: 10, tokens: 300, weight: 0.25, answers: 'probabilities' },
    measures: [
      { name: 'MRR', without: 0.5, judged: 0.55, low: 0.02, high: 0.08 },
      { name: 'nDCG@10', without: 0.6, judged: 0.64, low: 0.01, high: 0.07 },
    ],
    fairness: [],
    ...changes,
  })
}
