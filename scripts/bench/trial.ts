import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Job, Outcome } from './protocol.ts'

/** Who takes part. `floor` is the ONNX runtime alone. */
export type EntrantName = 'ours' | 'floor' | 'transformers.js' | 'fastembed'

/** Programs, by entrant. */
export type Programs = Readonly<Record<EntrantName, string>>

/**
 * Bundles each entrant's program as its users would run it: this project and the floor like the Lambda doors
 * (CommonJS, one minified file, the runtime outside), the peers as ES modules beside their packages.
 */
export async function buildPrograms(folder: string, peersFolder: string): Promise<Programs> {
  const bundle = async (name: string, format: 'cjs' | 'esm', outfile: string) => {
    await build({
      entryPoints: [join('scripts/bench/entrants', `${name}.ts`)],
      outfile,
      bundle: true,
      minify: true,
      platform: 'node',
      format,
      target: 'node20',
      // A lazy import() of a package would start Node's ES module loader, 10 ms, and not look in a layer.
      supported: { 'dynamic-import': format === 'esm' },
      logLevel: 'warning',
      external: ['onnxruntime-node', '@huggingface/transformers', 'fastembed'],
    })
    return outfile
  }
  const [ours, floor, transformers, fastembed] = await Promise.all([
    bundle('ours', 'cjs', join(folder, 'ours.cjs')),
    bundle('floor', 'cjs', join(folder, 'floor.cjs')),
    bundle('transformers', 'esm', join(peersFolder, 'transformers.mjs')),
    bundle('fastembed', 'esm', join(peersFolder, 'fastembed.mjs')),
  ])
  return { ours, floor, 'transformers.js': transformers, fastembed }
}

/** An outcome, with the milliseconds from the start of the process to its first vector where that was asked. */
export type Trial = Outcome & { readonly firstMs?: number }

/** Runs one job in a fresh process. Throws with the process's error output when it fails. */
export async function runTrial(program: string, job: Job, folder: string): Promise<Trial> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `job.${process.pid}.json`)
  writeFileSync(file, JSON.stringify(job))
  const start = process.hrtime.bigint()
  const child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'pipe'] })
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
  rmSync(file)
  if (code !== 0) throw new Error(`${program} ended with ${code}:\n${complained}`)
  const outcome: Outcome = JSON.parse(printed.trimEnd().split('\n').pop()!)
  if (outcome.firstVectorAt === undefined) return outcome
  return { ...outcome, firstMs: Number(BigInt(outcome.firstVectorAt) - start) / 1e6 }
}
