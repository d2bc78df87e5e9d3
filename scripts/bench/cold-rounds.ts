import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from '../bundle.ts'
import type { ColdJob, ColdOutcome } from './cold-part.ts'
import { median, pairedRatio, spreadOf } from './statistics.ts'

/** Jobs by the label that tables call them; ratios are to the first one. */
export type ColdJobs = Readonly<Record<string, ColdJob>>

/** Runs the jobs turn about, each in a fresh process, and returns a table of medians. */
export async function compareCold(jobs: ColdJobs, rounds: number): Promise<string> {
  mkdirSync('dist', { recursive: true })
  const folder = mkdtempSync(join('dist', 'cold-'))
  try {
    await bundle(['scripts/bench/cold-part.ts'], folder)
    writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
    return table(runInTurn(join(folder, 'cold-part.js'), jobs, rounds))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function runInTurn(program: string, jobs: ColdJobs, rounds: number): Record<string, ColdOutcome[]> {
  const outcomes: Record<string, ColdOutcome[]> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [label, job] of Object.entries(jobs)) {
      const output = execFileSync(process.execPath, [program, JSON.stringify(job)], { encoding: 'utf8' })
      outcomes[label] = [...(outcomes[label] ?? []), JSON.parse(output)]
    }
  }
  return outcomes
}

function table(outcomes: Readonly<Record<string, readonly ColdOutcome[]>>): string {
  const times = (label: string) => outcomes[label]!.map(({ ms }) => ms)
  const [first] = Object.keys(outcomes)
  const megabytes = (values: readonly number[]) => `${(median(values) / 1e6).toFixed(0)} MB`
  const rows = Object.entries(outcomes).map(([label, list]) => {
    const { median: middle, least, most } = spreadOf(times(label))
    return [
      label,
      `${middle.toFixed(1)} ms (${least.toFixed(1)}–${most.toFixed(1)})`,
      pairedRatio(times(label), times(first!)).toFixed(2),
      `${median(list.map(({ firstUseMs }) => firstUseMs)).toFixed(1)} ms`,
      megabytes(list.map(({ addedBytes }) => addedBytes)),
      megabytes(list.map(({ peakAddedBytes }) => peakAddedBytes)),
    ]
  })
  const header = ['', 'load', 'of the first', 'first use', 'memory above idle', 'peak']
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
