/** Smaller buffers are shared by many (`Buffer.poolSize`), and not worth it. */
const LEAST_BYTES = 64 * 1024

/**
 * Gives the memory under numbers or bytes back at once: left to the collector, dead vectors pile up to a hundred
 * megabytes. The whole buffer goes, so it must belong to the caller alone; every view of it is empty afterwards. Node 20
 * cannot do it, and leaves the memory to the collector.
 */
export function releaseMemory({ buffer }: { readonly buffer: ArrayBufferLike }): void {
  if (buffer.byteLength >= LEAST_BYTES && isTransferable(buffer)) buffer.transfer(0)
}

function isTransferable(buffer: object): buffer is { transfer(bytes: number): unknown } {
  return 'transfer' in buffer
}
