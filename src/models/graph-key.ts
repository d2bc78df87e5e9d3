import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { runtimeVersion } from './session.ts'

/** Flags by which the runtime chooses its kernels: vector and matrix extensions of x86, and those of arm64. */
const KERNEL_FLAGS = /^(avx|amx|fma|f16c|sse4|asimd|fphp|sve|sme(?:\d|$)|i8mm|bf16)/
const FLAG_LINES = /^(?:flags|Features)\s*:\s*(.*)$/m
/** Arm kernels are chosen by the core's design, too. */
const CORE_LINES = /^CPU (?:implementer|part)\s*:\s*(.*)$/gm

/**
 * What a graph must have been optimized for to be used here: version of the runtime, architecture, and the
 * processor's features as eight hex digits of a hash. Reads `/proc/cpuinfo`; elsewhere the features are `unknown`.
 */
export async function graphKey(): Promise<string> {
  return `ort-${await runtimeVersion()}-${process.platform}-${process.arch}-${processorKey(readProcessors())}`
}

function readProcessors(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'latin1')
  } catch {
    return ''
  }
}

/** Eight hex digits that name the features listed in the text of a `/proc/cpuinfo`, or `unknown`. */
export function processorKey(cpuinfo: string): string {
  // All cores are alike on the machines this is for; the first one speaks for them.
  const first = cpuinfo.split('\n\n', 1)[0]!
  const flags = FLAG_LINES.exec(first)?.[1]
  if (flags === undefined) return 'unknown'
  const kernels = flags.split(' ').filter((flag) => KERNEL_FLAGS.test(flag))
  const cores = [...first.matchAll(CORE_LINES)].map(([, value]) => value!.trim())
  return createHash('sha256')
    .update([...new Set(kernels)].sort().concat(cores).join(' '))
    .digest('hex')
    .slice(0, 8)
}
