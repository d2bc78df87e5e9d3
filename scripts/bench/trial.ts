import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileAhead } from '../compile-ahead.ts'
import type { Job, Outcome } from './protocol.ts'

/** An outcome, with the milliseconds from the start of the process to its first vector where that was asked. */
export type Trial = Outcome & { readonly firstMs?: number }

/** The settings of this project's doors for a job; `catalog` is a file with the job's manifest. */
export function settingsOf(
  job: Pick<Job, 'modelsFolder' | 'manifest' | 'threads'>,
  catalog: string,
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    MODEL_SOURCES: job.modelsFolder,
    MODEL_CATALOG: catalog,
    DEFAULT_MODEL: job.manifest.id,
    THREADS: String(job.threads),
  }
}

/** Compiles this project's program ahead by one job, as `npm run build` does with the door. */
export function compileByTrial(program: string, job: Job, folder: string): void {
  const own = mkdtempSync(join(folder, 'trial-'))
  const [file, catalog] = [join(own, 'job.json'), join(own, 'catalog.json')]
  writeFileSync(file, JSON.stringify(job))
  writeFileSync(catalog, JSON.stringify([job.manifest]))
  compileAhead(program, { arguments: [program, file], environment: settingsOf(job, catalog) })
  rmSync(own, { recursive: true })
}

/**
 * Runs one job in a fresh process, in a folder of its own below `folder`. It prints to files: a pipe would wake this
 * process with each line of metrics, on a processor that the measured one needs. Throws with its error output when
 * it fails.
 */
export async function runTrial(program: string, job: Job, folder: string): Promise<Trial> {
  const own = mkdtempSync(join(folder, 'trial-'))
  const [file, catalog, printed, complained] = ['job.json', 'catalog.json', 'stdout', 'stderr'].map((name) =>
    join(own, name),
  ) as [string, string, string, string]
  writeFileSync(file, JSON.stringify(job))
  writeFileSync(catalog, JSON.stringify([job.manifest]))
  const outputs = [printed, complained].map((path) => openSync(path, 'w'))
  const start = process.hrtime.bigint()
  const child = spawn(process.execPath, [program, file], {
    stdio: ['ignore', ...outputs],
    env: settingsOf(job, catalog),
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  for (const output of outputs) closeSync(output)
  const lines = readFileSync(printed, 'utf8').trimEnd().split('\n')
  const errors = readFileSync(complained, 'utf8')
  rmSync(own, { recursive: true })
  if (code !== 0) throw new Error(`${program} ended with ${code}:\n${errors}`)
  const outcome: Outcome = JSON.parse(lines.pop()!)
  if (outcome.firstVectorAt === undefined) return outcome
  return { ...outcome, firstMs: Number(BigInt(outcome.firstVectorAt) - start) / 1e6 }
}
