import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Manifest, ManifestFile } from '../../src/models/catalog/manifest.ts'
import { deriveFiles } from '../layers/build-derived.ts'
import { blankManifest } from '../models/blank-manifest.ts'

/** All texts are cut at this many tokens, special ones included. */
export const MAX_TOKENS = 256

const GRAPH = 'onnx/model_quantized.onnx'

/** A model laid out so that every entrant finds in one folder what it looks for. */
export interface BenchModel {
  /** Holds the model's folder. */
  readonly folder: string
  readonly manifest: Manifest
  /** The same with what `npm run build:layers` makes beside the files: the graph as the runtime optimizes it. */
  readonly prepared: Manifest
  readonly tokenizerJson: string
}

/** The config.json of MiniLM, as far as the entrants read it. */
const CONFIG = { architectures: ['BertModel'], model_type: 'bert', hidden_size: 384, pad_token_id: 0 }

/** Where the published weights of all-MiniLM-L6-v2 may lie; the first is where `npm run models -- pull` puts them. */
const PUBLISHED = ['models/all-MiniLM-L6-v2', '../shared/models/all-MiniLM-L6-v2']

/**
 * The folder of the model to measure with, which is told.
 *
 * @throws Error with the command that fetches it, where no published all-MiniLM-L6-v2 is here: what is measured on other
 * weights is not what users have
 */
export function findModel(places: readonly string[] = PUBLISHED): string {
  const found = places.find((place) => existsSync(join(place, GRAPH)))
  if (!found) {
    throw new Error(
      `No weights to measure with in ${places.join(' or ')}; fetch them by "npm run models -- pull fast".`,
    )
  }
  console.log(`weights: published, ${found}`)
  return found
}

/**
 * Copies an exported encoder into `folder`, with the graph where transformers.js expects it, and writes the
 * settings that make all entrants cut at the same length: `model_max_length` for transformers.js and fastembed,
 * no truncation or padding in tokenizer.json, indented as Hugging Face writes it.
 *
 * @param source a folder with the graph (`model_quantized.onnx`, or the same below `onnx/`), tokenizer.json and
 * config.json; without the last one it is MiniLM's
 */
export async function layOutModel(source: string, folder: string): Promise<BenchModel> {
  // A name of its own: the catalog that ours loads beside this one has all-MiniLM-L6-v2 already.
  const id = `bench-${basename(source)}`
  const target = join(folder, id)
  mkdirSync(dirname(join(target, GRAPH)), { recursive: true })
  const graph = [join(source, GRAPH), join(source, basename(GRAPH))].find((path) => existsSync(path))
  if (!graph) throw new Error(`${source} has no ${basename(GRAPH)}; expected an int8 export.`)
  copyFileSync(graph, join(target, GRAPH))
  const tokenizer = JSON.parse(readFileSync(join(source, 'tokenizer.json'), 'utf8'))
  const tokenizerJson = JSON.stringify({ ...tokenizer, truncation: null, padding: null }, null, 2)
  const described = join(source, 'config.json')
  const config: Record<string, unknown> = existsSync(described)
    ? JSON.parse(readFileSync(described, 'utf8'))
    : CONFIG
  const files: Record<string, string> = {
    'tokenizer.json': tokenizerJson,
    'config.json': JSON.stringify(config),
    'tokenizer_config.json': JSON.stringify({
      tokenizer_class: 'BertTokenizer',
      do_lower_case: true,
      model_max_length: MAX_TOKENS,
      ...SPECIAL_TOKENS,
    }),
    'special_tokens_map.json': JSON.stringify(SPECIAL_TOKENS),
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(target, path), text)
  const manifest = manifestOf(id, target, Number(config.hidden_size))
  const { files: derived } = await deriveFiles(manifest, target)
  return { folder, manifest, prepared: { ...manifest, derived }, tokenizerJson }
}

const SPECIAL_TOKENS = {
  unk_token: '[UNK]',
  sep_token: '[SEP]',
  pad_token: '[PAD]',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
}

function manifestOf(id: string, folder: string, dimensions: number): Manifest {
  return blankManifest({
    id,
    files: [GRAPH, 'tokenizer.json'].map((path) => describeFile(folder, path)),
    graph: GRAPH,
    precision: 'int8',
    dimensions,
    maxTokens: MAX_TOKENS,
  })
}

function describeFile(folder: string, path: string): ManifestFile {
  const sha256 = createHash('sha256')
    .update(readFileSync(join(folder, path)))
    .digest('hex')
  return { path, bytes: statSync(join(folder, path)).size, sha256 }
}
