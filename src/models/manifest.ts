/** One file of a model: where it lies under the model's folder, and what proves that it is the right one. */
export interface ManifestFile {
  readonly path: string
  readonly bytes: number
  /** 64 lower-case hex digits. */
  readonly sha256: string
}

/** A file that was made from one of the model's own to load faster; without it the model works all the same. */
export interface DerivedFile extends ManifestFile {
  /** What it takes the place of, for a reader with the right `key`. */
  readonly kind: 'tokenizer' | 'graph'
  /** The format and, for a graph, the runtime and processor that it was made for. */
  readonly key: string
  /** SHA-256 of the file that it was made from. */
  readonly source: string
}

/** Everything to fetch, verify and run one model; nothing about where it is kept. */
export interface Manifest {
  readonly id: string
  readonly aliases: readonly string[]
  readonly task: 'embed' | 'rerank' | 'generate'
  /** The hub's `owner/name`, or `serverless-embeddings/<id>` for a model trained here. */
  readonly repo: string
  /** 40 hex digits: a commit, never a branch. For a model trained here, the head of its graph's SHA-256. */
  readonly revision: string
  readonly files: readonly ManifestFile[]
  /** Not of the hub: made when the model was pulled, and pinned with it. Used where they are found. */
  readonly derived?: readonly DerivedFile[]
  /** The path in `files` of the ONNX graph. */
  readonly graph: string
  /** The path in `files` of the tokenizer.json. */
  readonly tokenizer: string
  readonly precision: 'float32' | 'float16' | 'int8' | 'uint8' | 'q4'
  /** Columns of the vectors; 1 for a reranker, whose graph gives one logit a pair. */
  readonly dimensions: number
  /** Shorter sizes that the model was trained to be cut to, descending; the full size is always offered. */
  readonly matryoshka: readonly number[]
  /** Special tokens included. */
  readonly maxTokens: number
  readonly pooling: 'mean' | 'cls' | 'last-token'
  readonly normalize: boolean
  /** Whether the tokenizer's post-processor adds its special tokens ([CLS] … [SEP]). */
  readonly specialTokens: boolean
  /** Whether unknown tokens are removed before the graph sees them, as Model2Vec does. */
  readonly dropUnknown: boolean
  /** Text put before the input, by role. */
  readonly prompts: Readonly<Record<string, string>>
  readonly similarity: 'cosine' | 'dot'
  /** How a raw score (a cosine, a reranker's logit) becomes the chance that two texts fit, when it was measured. */
  readonly calibration?: { readonly midpoint: number; readonly slope: number }
  readonly license: string
  /** ISO 639-1 codes. */
  readonly languages: readonly string[]
  /** Texts with the first values of their float vectors, to prove a deployment. */
  readonly canaries: readonly { readonly text: string; readonly values: readonly number[] }[]
}
