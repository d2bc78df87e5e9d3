import { MAX_BUNDLE_BYTES } from '../bundle.ts'
import { LAMBDA_BYTES } from '../layers/sizes.ts'
import type { ZipEntry } from './zip-entries.ts'

/** The archives that a deployment uploads, with what is in them. */
export interface Artifacts {
  readonly functions: Readonly<Record<string, readonly ZipEntry[]>>
  readonly layers: Readonly<Record<string, readonly ZipEntry[]>>
}

/** A size, what it may be at most, and what it is of. */
export interface Size {
  readonly name: string
  readonly bytes: number
  readonly most: number
}

/** Each program by itself, and each function with all layers, as Lambda counts it: unpacked. */
export function sizesOf({ functions, layers }: Artifacts): Size[] {
  const layerBytes = Object.values(layers).reduce((sum, entries) => sum + bytesOf(entries), 0)
  const programs = Object.entries(functions).flatMap(([name, entries]) =>
    entries
      .filter(({ path }) => path.endsWith('.js'))
      .map(({ path, bytes }) => ({ name: `${name}: ${path}`, bytes, most: MAX_BUNDLE_BYTES })),
  )
  const wholes = Object.entries(functions).map(([name, entries]) => ({
    name: `${name} with layers`,
    bytes: bytesOf(entries) + layerBytes,
    most: LAMBDA_BYTES,
  }))
  return [...programs, ...wholes]
}

/** A table of sizes, each with its limit and the margin that is left. */
export function describeMargins(sizes: readonly Size[]): string {
  return sizes
    .map(({ name, bytes, most }) => {
      const left = `${((1 - bytes / most) * 100).toFixed(1)} % left`
      return `${name.padEnd(36)} ${count(bytes)} of ${count(most)} bytes ${left.padStart(13)}`
    })
    .join('\n')
}

/** What is too big, a sentence for each. */
export function findExcess(sizes: readonly Size[]): string[] {
  return sizes
    .filter(({ bytes, most }) => bytes > most)
    .map(({ name, bytes, most }) => `${name} has ${bytes} bytes; expected at most ${most}.`)
}

function bytesOf(entries: readonly ZipEntry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0)
}

function count(bytes: number): string {
  return bytes.toLocaleString('en').padStart(11)
}
