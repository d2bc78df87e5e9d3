import { AFTER_FIRST, formatTable } from '../console/table.ts'
import type { LayerFile } from './copy.ts'

/** Most bytes of a function with all its layers, unpacked (Lambda quotas: 250 MiB). */
export const LAMBDA_BYTES = 262_144_000

/** A layer, and what is in it. */
interface Layer {
  readonly name: string
  readonly files: readonly LayerFile[]
}

/** Bytes of all files. */
export function bytesOf(files: readonly LayerFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** A table of layers and the folders right below them, largest first, with the total and the limit. */
export function describeSizes(layers: readonly Layer[]): string {
  const rows = layers.flatMap(({ name, files }) => [
    line(name, bytesOf(files)),
    ...partsOf(files).map(([part, bytes]) => line(`  ${part}`, bytes)),
  ])
  const total = layers.reduce((sum, { files }) => sum + bytesOf(files), 0)
  return formatTable([...rows, line('together', total), line('Lambda allows', LAMBDA_BYTES)], AFTER_FIRST)
}

/**
 * What to say when the layers are together larger than Lambda allows: by how much, and the largest parts, which
 * are to go elsewhere. Undefined when they fit.
 */
export function describeExcess(layers: readonly Layer[], limit: number = LAMBDA_BYTES): string | undefined {
  const total = layers.reduce((sum, { files }) => sum + bytesOf(files), 0)
  if (total <= limit) return undefined
  const parts = layers
    .flatMap(({ name, files }) => partsOf(files).map(([part, bytes]) => [`${name}/${part}`, bytes] as const))
    .sort(([, one], [, other]) => other - one)
  return [
    `The layers are ${total - limit} bytes too big for Lambda: expected at most ${limit}, got ${total}. Leave models out (--models), or keep them in a bucket or on a mount (MODEL_SOURCES). Largest first:`,
    formatTable(
      parts.map(([part, bytes]) => line(`  ${part}`, bytes)),
      AFTER_FIRST,
    ),
  ].join('\n')
}

function partsOf(files: readonly LayerFile[]): [string, number][] {
  const parts = new Map<string, number>()
  for (const { path, bytes } of files) {
    const part = partOf(path)
    parts.set(part, (parts.get(part) ?? 0) + bytes)
  }
  return [...parts].sort(([, one], [, other]) => other - one)
}

/** The model of a file, or the package; a file on its own is its own part. */
function partOf(path: string): string {
  const names = path.split('/')
  return names[0] === 'nodejs' ? names[2]! : names[0]!
}

function line(name: string, bytes: number): string[] {
  return [name, `${bytes.toLocaleString('en')} bytes`]
}
