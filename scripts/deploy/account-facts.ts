/** A bucket that a deployment makes or takes. */
export interface WantedBucket {
  readonly parameter: 'dataBucket' | 'modelBucket'
  readonly name: string
  /** Its logical id in the stack that makes it; undefined when it is to be there already. */
  readonly created: string | undefined
}

/** Such a bucket as AWS knows it. */
export interface BucketFacts extends WantedBucket {
  /** `forbidden`: the name is taken, and these credentials may not look at it. */
  readonly state: 'there' | 'absent' | 'forbidden'
  /** Whether the stack made it in an earlier deployment. */
  readonly ofStack: boolean
  /** Whether it tells EventBridge of its objects; asked of buckets that are to be there already. */
  readonly tellsEventBridge: boolean
}

/** What AWS said of an account. */
export interface AccountFacts {
  /** Functions of the account that may run at a time in the region; undefined when AWS did not say. */
  readonly concurrency: number | undefined
  readonly buckets: readonly BucketFacts[]
  /** What AWS did not say, in sentences. */
  readonly refused: readonly string[]
}
