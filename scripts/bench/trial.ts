import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** Runs one job in a fresh process. Throws with the process's error output when it fails. */
export async function runTrial(program: string, job: Job, folder: string): Promise<Trial> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `job.${process.pid}.json`)
  const catalog = join(folder, `catalog.${process.pid}.json`)
  writeFileSync(file, JSON.stringify(job))
  writeFileSync(catalog, JSON.stringify([job.manifest]))
  const start = process.hrtime.bigint()
  const child = spawn(process.execPath, [program, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: settingsOf(job, catalog),
  })
  let printed = ''
  let complained = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complained += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  if (!process.env.BENCH_KEEP) for (const path of [file, catalog]) rmSync(path)
  if (code !== 0) throw new Error(`${program} ended with ${code}:\n${complained}`)
  const outcome: Outcome = JSON.parse(printed.trimEnd().split('\n').pop()!)
  if (outcome.firstVectorAt === undefined) return outcome
  return { ...outcome, firstMs: Number(BigInt(outcome.firstVectorAt) - start) / 1e6 }
}
