import type { Manifest } from '../catalog/manifest.ts'

/**
 * Bytes of memory for each byte of a model's files, measured with int8 and float32 encoders of 23 to 407 MB: the
 * runtime keeps weights in the order in which its kernels read them, beside the file that it maps. 1.2 for a table of
 * vectors, 1.8 for float32, 2.4 for small int8 models with what their first batch takes.
 */
const MEMORY_PER_BYTE = 2
const LEAST_PER_BYTE = 1
const MOST_PER_BYTE = 3

/** Bytes of all files of a model. */
export function fileBytesOf({ files }: Manifest): number {
  return files.reduce((sum, file) => sum + file.bytes, 0)
}

/** Bytes of memory that a model will take, before it has ever been loaded. */
export function expectedMemory(manifest: Manifest): number {
  return MEMORY_PER_BYTE * fileBytesOf(manifest)
}

/**
 * Bytes of memory that a model takes, given by how much the process grew while it was loaded. What else went on in
 * the process at that time must not make it seem larger or smaller than models are.
 */
export function measuredMemory(manifest: Manifest, grownBytes: number): number {
  const bytes = fileBytesOf(manifest)
  return Math.min(MOST_PER_BYTE * bytes, Math.max(LEAST_PER_BYTE * bytes, grownBytes))
}
