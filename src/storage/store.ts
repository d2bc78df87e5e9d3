/** A half-open range of bytes: `start` inclusive, `end` exclusive. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** What a store knows of an object without reading it. */
export interface ObjectStat {
  readonly bytes: number
  readonly etag?: string
}

/** Bytes by key. Keys are relative, `/`-separated and never leave the store. */
export interface Store {
  /** For error messages: `directory /opt/models`, `s3://bucket/prefix`. */
  readonly name: string
  /** Streams the object, or the part of it in `range`. Throws `artifact_missing` when there is none. */
  read(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array>>
  /** Size and tag, or `undefined` when there is no such object. */
  stat(key: string): Promise<ObjectStat | undefined>
  /** Where the bytes lie on this disk already, so that nothing need be copied. */
  localPath?(key: string): string
  list?(prefix: string): AsyncIterable<string>
  /** Atomic: a reader sees the old object, none, or the whole new one. */
  write?(key: string, body: Uint8Array, metadata?: Record<string, string>): Promise<void>
}
