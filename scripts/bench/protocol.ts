import type { Manifest } from '../../src/models/catalog/manifest.ts'

/** What a fresh process is asked to measure. */
export type Measure = 'first' | 'warm' | 'mixed'

/** One trial in one fresh process, handed over as a JSON file. */
export interface Job {
  readonly measure: Measure
  /** The folder that holds the model's folder. */
  readonly modelsFolder: string
  /** Names the model's folder; its files, pooling and maximum are the same for every entrant. */
  readonly manifest: Manifest
  readonly threads: number
  /** Texts per call; for the floor, most padded tokens in one run of the graph. */
  readonly batch: number
  readonly texts: readonly string[]
  /** The texts' token ids, for the floor, which has no tokenizer. */
  readonly ids: readonly (readonly number[])[]
  /** Timed calls in `warm`. */
  readonly repetitions: number
}

/** What an entrant saw in its own process. */
export interface Sample {
  /** The monotonic clock, which all processes share, when the first vector was there; nanoseconds. */
  readonly firstVectorAt?: string
  /** One per call, milliseconds. */
  readonly callsMs?: readonly number[]
  /** The run of the session within each call. */
  readonly insideMs?: readonly number[]
  /** The same feeds run by the same session without anything around it, turn about with the calls. */
  readonly bareMs?: readonly number[]
  readonly seconds?: number
  /** The first values of the last vector made, so that nobody can skip the work. */
  readonly values: readonly number[]
  /** The runtime's version. */
  readonly runtime: string
}

/** What the operating system counted for a process, added to its sample. */
export interface Usage {
  readonly cpuSeconds: number
  /** Most memory ever resident, bytes. */
  readonly peakBytes: number
}

/** What a process prints as its last line. */
export type Outcome = Sample & Usage
