import { MAX_BUNDLE_BYTES } from '../../scripts/bundle.ts'
import { AFTER_FIRST, formatTable } from '../../scripts/console/table.ts'
import { LAMBDA_BYTES } from '../../scripts/layers/sizes.ts'
import type { ZipEntry } from './zip-entries.ts'

/** The archives that a deployment uploads, with what is in them. */
export interface Artifacts {
  readonly functions: Readonly<Record<string, readonly ZipEntry[]>>
  readonly layers: Readonly<Record<string, readonly ZipEntry[]>>
}

/** A size, what it may be at most, and what it is of. */
interface Size {
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
  const rows = sizes.map(({ name, bytes, most }) => [
    name,
    bytes.toLocaleString('en'),
    `of ${most.toLocaleString('en')} bytes`,
    `${((1 - bytes / most) * 100).toFixed(1)} % left`,
  ])
  return formatTable(rows, AFTER_FIRST)
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
