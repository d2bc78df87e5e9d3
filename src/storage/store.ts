import type { Context } from '../context.ts'

/** A half-open range of bytes: `start` inclusive, `end` exclusive. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Takes bytes as they come. Their memory is used again once it has returned. */
export type Take = (bytes: Uint8Array) => void

/** What a store knows of an object without reading it. */
export interface ObjectStat {
  readonly bytes: number
  /** Without quotes. Of a large file on the hub it is the SHA-256, 64 hex digits. */
  readonly etag?: string
  /** When it was written, epoch milliseconds by the store's clock; absent where a store does not say. */
  readonly modifiedAt?: number
  /** What was written beside the bytes; names in lower case. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** How an object is written. */
export interface WriteOptions {
  /** Short texts of US-ASCII kept with the object, 2 kB in all. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Written only where there is no such object yet: of any number of writers exactly one succeeds. */
  readonly onlyIfAbsent?: boolean
}

/**
 * Bytes by key. Keys are relative, `/`-separated and never leave the store. A call ends early, with the reason of
 * its context's signal or an error of its own, when that signal aborts.
 */
export interface Store {
  /** For error messages: `directory /opt/models`, `s3://bucket/prefix`. */
  readonly name: string
  /** The name of what lies below `prefix`, where that is not the store's own with the prefix behind it. */
  nameOf?(prefix: string): string
  /**
   * Streams the object, or as much of `range` as it has.
   *
   * @throws AppError `artifact_missing` when there is none or the store may not be read, `upstream_failed` when the
   * store cannot answer now
   */
  read(key: string, range?: ByteRange, context?: Context): Promise<ReadableStream<Uint8Array>>
  /**
   * Reads as `read` does, but hands the bytes of `range` to `take`, which keeps nothing of them: for large objects,
   * whose streams would leave tens of megabytes to the garbage collector.
   */
  readInto?(key: string, range: ByteRange, take: Take, context?: Context): Promise<void>
  /** Size and tag, or `undefined` when there is no such object. Throws as `read` does otherwise. */
  stat(key: string, context?: Context): Promise<ObjectStat | undefined>
  /** Where the bytes lie on this disk already, so that nothing need be copied. */
  localPath?(key: string): string
  /** The keys that begin with `prefix`, in order of their code points. */
  list?(prefix: string, context?: Context): AsyncIterable<string>
  /**
   * Atomic: a reader sees the old object, none, or the whole new one. Answers whether it was written, which
   * `onlyIfAbsent` alone can prevent.
   */
  write?(key: string, body: Uint8Array, options?: WriteOptions, context?: Context): Promise<boolean>
  /** Takes the object away; there need be none. */
  remove?(key: string, context?: Context): Promise<void>
}

/** A store that can be written, listed and cleared. */
export type WritableStore = Store & Required<Pick<Store, 'list' | 'write' | 'remove'>>
