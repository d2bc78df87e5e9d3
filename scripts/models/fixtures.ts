import { createHash } from 'node:crypto'
import { encodeOnnx } from '../../src/formats/onnx.ts'
import type { Manifest } from '../../src/models/manifest.ts'
import { buildEncoder } from './encoder.ts'
import { createWeights, type EncoderShape, type Family } from './shape.ts'
import { bertTokenizer, mpnetTokenizer, robertaTokenizer, xlmRobertaTokenizer } from './tokenizers.ts'

/** One small real model of an architecture of the catalog. */
export interface Fixture {
  readonly name: string
  readonly family: Family
  readonly padId: number
  tokenizer(): string
}

/** Every architecture of the catalog. */
export const FIXTURES: readonly Fixture[] = [
  { name: 'bert', family: 'bert', padId: 0, tokenizer: bertTokenizer },
  { name: 'distilbert', family: 'distilbert', padId: 0, tokenizer: bertTokenizer },
  { name: 'mpnet', family: 'mpnet', padId: 1, tokenizer: mpnetTokenizer },
  { name: 'roberta', family: 'roberta', padId: 1, tokenizer: robertaTokenizer },
  { name: 'xlm-roberta', family: 'roberta', padId: 1, tokenizer: xlmRobertaTokenizer },
]

/** The longest text of a fixture, special tokens included. */
export const FIXTURE_TOKENS = 64
/** Of the weights of every fixture. */
export const FIXTURE_SEED = 5

/** The sizes of a fixture's encoder. */
export function shapeOf({ family, padId, tokenizer }: Fixture): EncoderShape {
  const { vocab } = JSON.parse(tokenizer()).model
  const vocabularySize = Object.keys(vocab).length
  const positions = FIXTURE_TOKENS + (family === 'bert' || family === 'distilbert' ? 0 : padId + 1)
  return { family, layers: 2, hidden: 32, heads: 4, intermediate: 64, vocabularySize, positions, padId }
}

/** A file of a fixture, by its path below the folder of all fixtures. */
export type FixtureFiles = Map<string, Uint8Array>

/** All fixture models as files: `<id>/model.onnx`, `<id>/tokenizer.json` and `catalog.json`. */
export function buildFixtures(): FixtureFiles {
  const files: FixtureFiles = new Map()
  const manifests = FIXTURES.flatMap((fixture) =>
    (['float32', 'int8'] as const).map((precision) => addFixture(files, fixture, precision)),
  )
  files.set('catalog.json', Buffer.from(`${JSON.stringify(manifests, null, 2)}\n`))
  return files
}

function addFixture(files: FixtureFiles, fixture: Fixture, precision: 'float32' | 'int8'): Manifest {
  const id = `${fixture.name}-${precision}`
  const shape = shapeOf(fixture)
  const graph = encodeOnnx(buildEncoder(shape, createWeights(shape, FIXTURE_SEED), precision))
  const contents = { 'model.onnx': graph, 'tokenizer.json': Buffer.from(fixture.tokenizer()) }
  for (const [path, content] of Object.entries(contents)) files.set(`${id}/${path}`, content)
  return {
    id,
    aliases: [],
    task: 'embed',
    repo: `serverless-embeddings/${id}`,
    revision: sha256Of(graph).slice(0, 40),
    files: Object.entries(contents).map(([path, content]) => ({
      path,
      bytes: content.length,
      sha256: sha256Of(content),
    })),
    graph: 'model.onnx',
    tokenizer: 'tokenizer.json',
    precision,
    dimensions: shape.hidden,
    matryoshka: [16],
    maxTokens: FIXTURE_TOKENS,
    pooling: 'mean',
    normalize: true,
    specialTokens: true,
    dropUnknown: false,
    prompts: {},
    similarity: 'cosine',
    license: 'Apache-2.0',
    languages: ['en', 'zh'],
    canaries: [],
  }
}

function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
