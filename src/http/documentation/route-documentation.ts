import type { GenericSchema } from 'valibot'

/** What `/openapi.json` says of a route beyond what its schemas say. */
export interface RouteDocumentation {
  readonly summary: string
  readonly request?: GenericSchema
  readonly requestExamples?: Readonly<Record<string, object>>
  /** Of a multipart form that is sent instead. */
  readonly form?: GenericSchema
  /** Whether the answer is bytes rather than JSON; their media type where it is always the same. */
  readonly binary?: boolean | string
  readonly response?: GenericSchema
  readonly responseExample?: object
  readonly errors: GenericSchema
  readonly errorStatuses: readonly number[]
}

/** By method and path. */
export type Documentation = Readonly<Record<string, RouteDocumentation>>

/** What a route that runs a model may answer instead. */
export const MODEL_ERRORS: readonly number[] = [400, 401, 404, 413, 415, 422, 429, 500, 502, 503, 504]
