/**
 * What Amazon S3 Vectors allows, as its user guide and API reference had it on 28 November 2026 (docs/collections.md
 * names the pages). Sizes are counted as bytes of JSON, which the guide does not say.
 */
export const LIMITS = {
  dimensions: 4096,
  /** Nearest rows of one query. */
  top: 10_000,
  /** Rows of one PutVectors or DeleteVectors, and keys of one GetVectors. */
  write: 500,
  read: 100,
  /** Bytes of one request; a batch stays well below the 20 MiB of the guide. */
  requestBytes: 8 * 1024 * 1024,
  /** Metadata of a row that filters see, and all of it; some bytes are left for how the service counts. */
  filterBytes: 2000,
  metadataBytes: 40_000,
  metadataKeys: 50,
  /** Comparisons of one filter. */
  constraints: 100,
  /** A key has 1,024 characters, two of which say which of an id's two places it is. */
  idBytes: 1000,
} as const
