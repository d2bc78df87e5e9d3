import type { Fusion } from '../../ranking/fusion.ts'
import type { JudgeRequest } from '../judge/judge.ts'
import type { MatchDocument } from './document.ts'
import type { Filters } from './filters.ts'

/** What a caller asks to have ranked, its models not yet looked up. */
export interface MatchRequest {
  readonly queries: readonly MatchDocument[]
  /** Whether the caller sent one query and not a list, so that errors call it so. */
  readonly single?: boolean
  readonly candidates: readonly MatchDocument[]
  /** Where the candidates are, instead of in the request. */
  readonly collection?: string | undefined
  readonly models: readonly { readonly model: string; readonly weight: number }[]
  readonly fusion: Fusion
  /** Weights by section; the document as a whole is compared when absent. */
  readonly weights?: Readonly<Record<string, number>> | undefined
  readonly filters?: Filters | undefined
  /** Fields to drop before embedding, contact details in texts with them; `true` drops these alone. */
  readonly redact?: boolean | readonly string[] | undefined
  readonly topK?: number | undefined
  readonly threshold?: number | undefined
  readonly rerank?: { readonly model: string; readonly top: number } | undefined
  readonly judge?: JudgeRequest | undefined
  readonly explain?: boolean | undefined
  /** Gives both sides one role; by default queries are queries and candidates are documents. */
  readonly role?: string | undefined
  readonly deterministic?: boolean | undefined
}

/** One thing that documents are compared by; the whole document when it has no name. */
export interface Section {
  readonly name: string | undefined
  readonly weight: number
}

/** A candidate that was left out before scoring. */
export interface Exclusion {
  readonly id: string
  readonly reason: string
}
