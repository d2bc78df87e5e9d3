import type { Reporter, TestModule } from 'vitest/node'

/** Tells at the end of a run which tests were left out, why, and what brings them. */
export function skippedReporter(): Reporter {
  let chosen = false
  return {
    onInit({ config }) {
      // With -t whoever runs the tests has left the others out.
      chosen = config.testNamePattern !== undefined
    },
    onTestRunEnd(modules) {
      if (chosen) return
      for (const line of describeSkipped(namesOfSkipped(modules))) console.warn(line)
    },
  }
}

/**
 * One line for each reason why tests were skipped, the commonest first, after one with their number; none for none.
 * The reason is what stands in a test's name, or in that of a group it is in, as `(skipped: …)`.
 */
export function describeSkipped(names: readonly string[]): string[] {
  if (names.length === 0) return []
  const counts = new Map<string, number>()
  for (const name of names) {
    const reason = /\(skipped: (.*?)\)(?: > |$)/.exec(name)?.[1] ?? `no reason given: ${name}`
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  const reasons = [...counts].sort(([, one], [, other]) => other - one)
  return [
    `\nNOT CHECKED: ${names.length} ${names.length === 1 ? 'test was' : 'tests were'} skipped on this machine:`,
    ...reasons.map(([reason, count]) => `  ${count} × ${reason}`),
  ]
}

function namesOfSkipped(modules: readonly TestModule[]): string[] {
  return modules.flatMap((module) => [...module.children.allTests('skipped')].map((test) => test.fullName))
}
