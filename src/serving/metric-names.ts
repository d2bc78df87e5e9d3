import type { MetricName } from '../metrics.ts'

/** A metric as Prometheus has it. */
interface Named {
  readonly name: string
  readonly help: string
}

/** Durations of one model in one request, seen in a histogram. */
export const DURATIONS: Partial<Record<MetricName, Named>> = {
  QueueTime: { name: 'queue_duration_seconds', help: 'Wait of a request for a worker.' },
  TokenizeTime: { name: 'tokenize_duration_seconds', help: 'Tokenization of the inputs of a request.' },
  InferenceTime: { name: 'run_duration_seconds', help: 'Runs of the graph for a request.' },
  LoadTime: { name: 'load_duration_seconds', help: 'Loads of the model that a request waited for.' },
  CheckpointLag: { name: 'checkpoint_lag_seconds', help: 'Age of the checkpoint that a job went on from.' },
  JobAge: { name: 'job_age_seconds', help: 'Age of a batch job that a turn of its worker left unfinished.' },
  TimeToFirstToken: {
    name: 'first_token_duration_seconds',
    help: 'From the arrival of a conversation until the first piece of its answer.',
  },
  ShardTime: { name: 'shard_duration_seconds', help: 'Work on one shard of a batch job.' },
}

/** The pace of one answer, seen in a histogram. */
export const RATES: Partial<Record<MetricName, Named>> = {
  TokensPerSecond: {
    name: 'generated_tokens_per_second',
    help: 'Tokens a second of one answer, behind its first piece.',
  },
}

/** What is counted for each model. */
export const COUNTS: Partial<Record<MetricName, Named>> = {
  InputTexts: { name: 'texts_total', help: 'Inputs that were embedded or scored.' },
  InputTokens: { name: 'tokens_total', help: 'Tokens of these inputs.' },
  TruncatedTexts: { name: 'truncated_texts_total', help: 'Inputs that lost tokens.' },
  PromptTokens: { name: 'prompt_tokens_total', help: 'Tokens of conversations that were answered.' },
  GeneratedTokens: { name: 'generated_tokens_total', help: 'Tokens of their answers.' },
  LoadBytes: { name: 'load_bytes_total', help: 'Bytes of model files that were loaded for a request.' },
  DiskCacheHits: { name: 'disk_cache_hits_total', help: 'Loads of files that lay in the disk cache.' },
  DiskCacheMisses: { name: 'disk_cache_misses_total', help: 'Loads of files that had to be fetched first.' },
  Rows: { name: 'rows_total', help: 'Rows of batch jobs that got a vector.' },
  Shards: { name: 'shards_total', help: 'Shards that were written.' },
  OutputBytes: { name: 'output_bytes_total', help: 'Bytes of these shards.' },
  Retries: { name: 'retries_total', help: 'Shards that were tried again.' },
}

/** What is counted with one more label, by the name's part behind the slash. */
export const COUNTS_BY_CODE = {
  Errors: { name: 'errors_total', help: 'Requests that failed, by code.' },
  RowErrors: { name: 'row_errors_total', help: 'Rows of batch jobs that failed, by code.' },
} as const satisfies Partial<Record<MetricName, Named>>

/** Ends of batch jobs, by the metric that counts them. */
export const JOB_ENDS: Partial<Record<MetricName, string>> = {
  JobsSucceeded: 'succeeded',
  JobsFailed: 'failed',
}
