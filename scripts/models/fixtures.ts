import { createHash } from 'node:crypto'
import { encodeOnnx } from '../../src/formats/onnx.ts'
import type { Manifest } from '../../src/models/manifest.ts'
import { buildEncoder, type EncoderOptions } from './encoder.ts'
import { FAMILIES, type Family } from './families.ts'
import { robertaTokenizer } from './tokenizers/byte-level.ts'
import type { FixtureTokenizer } from './tokenizers/tokenizer-json.ts'
import { xlmRobertaTokenizer } from './tokenizers/unigram.ts'
import { bertTokenizer, mpnetTokenizer } from './tokenizers/word-piece.ts'

/** A small model for tests: what its catalog says of it, and its files. */
export interface Fixture {
  readonly manifest: Manifest
  /** Bytes by path below the model's folder. */
  readonly files: Readonly<Record<string, Uint8Array>>
}

/** The number formats that each family comes in. */
export const FIXTURE_PRECISIONS = ['float32', 'int8'] as const

const TOKENIZERS: Readonly<Record<Family, () => FixtureTokenizer>> = {
  bert: bertTokenizer,
  distilbert: bertTokenizer,
  mpnet: mpnetTokenizer,
  roberta: robertaTokenizer,
  'xlm-roberta': xlmRobertaTokenizer,
}

/** Where the models of the families differ beyond their graphs, so that tests meet every field. */
const HABITS: Readonly<Record<Family, Partial<Manifest>>> = {
  bert: { matryoshka: [16, 8] },
  distilbert: { pooling: 'cls' },
  mpnet: {},
  roberta: { pooling: 'last-token' },
  'xlm-roberta': { prompts: { query: 'query: ', document: 'text: ' } },
}

/** The size of a family's fixture. Both precisions have the same seed, so the same weights before rounding. */
export function fixtureOptions(family: Family, precision: 'float32' | 'int8'): EncoderOptions {
  return {
    family,
    precision,
    layers: 2,
    hidden: 32,
    heads: 4,
    intermediate: 64,
    vocabularySize: TOKENIZERS[family]().vocabularySize,
    positions: 128,
    seed: 1 + FAMILIES.indexOf(family),
  }
}

/** The size of the reranker's fixture: a BERT of one layer with a head. */
export const RERANKER_OPTIONS: EncoderOptions = {
  ...fixtureOptions('bert', 'float32'),
  layers: 1,
  hidden: 24,
  intermediate: 48,
  positions: 64,
  scores: true,
  seed: 1 + FAMILIES.length,
}

/** Builds the fixture of one family; the same bytes each time. */
export function buildFixture(family: Family, precision: 'float32' | 'int8'): Fixture {
  return build(`${family}-${precision}`, fixtureOptions(family, precision), HABITS[family])
}

function build(id: string, options: EncoderOptions, habits: Partial<Manifest>): Fixture {
  const { family, precision } = options
  const files = {
    'model.onnx': encodeOnnx(buildEncoder(options).model),
    'tokenizer.json': Buffer.from(TOKENIZERS[family]().json),
  }
  const manifest: Manifest = {
    id,
    aliases: [],
    task: 'embed',
    repo: `serverless-embeddings/${id}`,
    revision: sha256(files['model.onnx']).slice(0, 40),
    files: Object.entries(files).map(([path, bytes]) => ({
      path,
      bytes: bytes.length,
      sha256: sha256(bytes),
    })),
    graph: 'model.onnx',
    tokenizer: 'tokenizer.json',
    precision,
    dimensions: options.hidden,
    matryoshka: [],
    maxTokens: options.positions,
    pooling: 'mean',
    normalize: true,
    specialTokens: true,
    dropUnknown: false,
    prompts: {},
    similarity: 'cosine',
    license: 'Apache-2.0',
    languages: ['en', 'zh'],
    canaries: [],
    ...habits,
  }
  return { manifest, files }
}

/** All fixtures: family by family, then a reranker. */
export function buildFixtures(): Fixture[] {
  const encoders = FAMILIES.flatMap((family) =>
    FIXTURE_PRECISIONS.map((precision) => buildFixture(family, precision)),
  )
  const habits = { task: 'rerank', dimensions: 1, pooling: 'cls', normalize: false } as const
  return [...encoders, build('bert-reranker', RERANKER_OPTIONS, habits)]
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
