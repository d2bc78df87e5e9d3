import type { Calibration } from '../../ranking/calibration.ts'

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
  /** The format and, for a graph, the version of the runtime that it was made by. */
  readonly key: string
  /** SHA-256 of the file that it was made from. */
  readonly source: string
}

/** As much of any kind of model as finding and verifying its files takes. */
export type ModelFiles = Pick<
  Manifest,
  'id' | 'repo' | 'revision' | 'files' | 'derived' | 'graph' | 'graphFrom'
>

/** Everything to fetch, verify and run one model; nothing about where it is kept. */
export interface Manifest {
  readonly id: string
  readonly aliases: readonly string[]
  readonly task: 'embed' | 'rerank' | 'generate'
  /** The hub's `owner/name`, or `serverless-embeddings/<id>` for a model trained here. */
  readonly repo: string
  /** The repository of the same weights that `repo` holds in another format, by which most people know the model. */
  readonly origin?: string
  /** 40 hex digits: a commit, never a branch. For a model trained here, the head of a hash over its files' hashes. */
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
  /** Dense layers after the pooling, by role; the first is that of inputs without a role. */
  readonly heads?: Readonly<Record<string, ModelHead>>
  readonly normalize: boolean
  /** Whether the tokenizer's post-processor adds its special tokens ([CLS] … [SEP]). */
  readonly specialTokens: boolean
  /** Whether unknown tokens are removed before the graph sees them, as Model2Vec does. */
  readonly dropUnknown: boolean
  /**
   * Whether texts are put into lower case before they are tokenized: for a model whose vocabulary knows no capitals,
   * and whose tokenizer leaves them as they are. It changes vectors, and so `vectorRevision`.
   */
  readonly lowercase?: boolean
  /** Text put before the input, by role. */
  readonly prompts: Readonly<Record<string, string>>
  readonly similarity: 'cosine' | 'dot'
  /** Whether ids on OpenAI's route are this model's own; absent they are refused, being OpenAI's as a rule. */
  readonly acceptsTokenIds?: boolean
  /** How a raw score (a cosine, a reranker's logit) becomes the chance that two texts fit, when it was measured. */
  readonly calibration?: Calibration
  readonly license: string
  /** ISO 639-1 codes. */
  readonly languages: readonly string[]
  /**
   * Texts with the first values of their vectors, to prove a deployment: as Python gives them from these very files
   * (16 values), or else as its authors published them for the float32 weights.
   */
  readonly canaries: readonly Canary[]
  /** Set when its authors, or we, advise against it. */
  readonly deprecated?: { readonly reason: string; readonly replacement: string }
  /** How the graph is made when the hub has none. */
  readonly graphFrom?: GraphOrigin
  /** Set of a model that was learned from labelled texts; such a model stands in a folder of its own, in no catalog. */
  readonly learned?: Learned
}

/**
 * What was learned. `table`: the vectors of the pieces themselves; graph and tokenizer are the model's own. `query` and
 * `both`: a linear map behind the vectors of the base, of queries alone or of all texts; every other file is the base's.
 * `distilled`: a table that was made to answer as the base does.
 */
type LearnedSide = 'table' | 'query' | 'both' | 'distilled'

/** Where a learned model comes from. Of the texts it holds a hash and counts, never a text. */
export interface Learned {
  readonly side: LearnedSide
  /** The id of the model that it was learned on. */
  readonly base: string
  /** The base's, as {@link vectorRevision} gives it. */
  readonly revision: string
  readonly data: {
    /** Of the file of pairs, 64 lower-case hex digits. */
    readonly sha256: string
    /** How many pairs, queries, labels and so on there were, by name. */
    readonly counts: Readonly<Record<string, number>>
  }
  /** The day, `2026-11-28`. */
  readonly date: string
  /** Set when the report spoke against it and it was written all the same. */
  readonly forced?: true
  /** The path in `files` of the report, JSON. */
  readonly report?: string
}

/**
 * What vectors are compared by beside id and precision: the revision of the files, and what the manifest has done to texts
 * beyond what the files say. `revision` alone is what files are fetched by.
 */
export function vectorRevision({ revision, lowercase }: Pick<Manifest, 'revision' | 'lowercase'>): string {
  return lowercase ? `${revision}+lowercase` : revision
}

/** A Dense layer: the path in `files` of its safetensors, and what it does to each number at the end. */
export interface ModelHead {
  readonly path: string
  readonly activation: 'identity' | 'tanh'
}

/** A text and what a model answers to it; of a reranker, the scores of `documents` for `text` as the query. */
export interface Canary {
  readonly text: string
  readonly documents?: readonly string[]
  readonly values: readonly number[]
}

/**
 * `model2vec`: written here out of `path`, a table of static vectors in safetensors. `export`: exported from the
 * repository `repo` by the usual Python exporter, which is run by hand.
 */
type GraphOrigin =
  | ({ readonly kind: 'model2vec' } & Unpinned<ManifestFile>)
  | { readonly kind: 'export'; readonly repo: string }

/** A file whose size and hash may not be known yet. */
export type Unpinned<File extends ManifestFile> = Pick<File, 'path'> & Partial<File>

/**
 * A model as the catalog describes it: what is not known of it (revision, sizes, hashes, the most tokens) is left
 * out, and pinned with the first `npm run models -- pull`.
 */
export type CatalogModel = Omit<Manifest, 'revision' | 'files' | 'maxTokens' | 'heads' | 'learned'> & {
  readonly revision?: string
  readonly maxTokens?: number
  /** `from-repository`: what the repository's modules.json says, found out with the first pull. */
  readonly heads?: Manifest['heads'] | 'from-repository'
  readonly files: readonly Unpinned<ManifestFile>[]
}

/** What a pull found out about a model. */
export interface ModelPin {
  readonly revision: string
  readonly maxTokens: number
  readonly heads?: Readonly<Record<string, ModelHead>>
  /** Every file of the model. */
  readonly files: readonly ManifestFile[]
  readonly derived: readonly DerivedFile[]
}
