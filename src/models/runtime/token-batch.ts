/** A padded batch of token ids: row `r` takes `ids[r * sequence … + lengths[r])`, padding on the right. */
export interface TokenBatch {
  /** `[lengths.length, sequence]`, padded with the model's own pad id. */
  readonly ids: Int32Array
  /** The same shape; all zeros when absent. */
  readonly typeIds: Uint8Array | undefined
  readonly lengths: Int32Array
  readonly sequence: number
}
