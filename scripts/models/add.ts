import type { CatalogModel, Manifest } from '../../src/models/catalog/manifest.ts'
import { readModules } from './modules.ts'
import { type Repository, refuse } from './repository.ts'

/** What an operator may say when a repository leaves it open. */
interface AddOptions {
  readonly id?: string | undefined
  /** Path of the ONNX graph. */
  readonly graph?: string | undefined
}

/** The files that are looked for, the usual int8 exports first. */
const GRAPHS: readonly [path: string, precision: Manifest['precision']][] = [
  ['onnx/model_quantized.onnx', 'int8'],
  ['onnx/model_int8.onnx', 'int8'],
  ['onnx/model_quint8_avx2.onnx', 'uint8'],
  ['onnx/model_qint8_avx512_vnni.onnx', 'int8'],
  ['onnx/model_qint8_arm64.onnx', 'int8'],
  ['onnx/model_uint8.onnx', 'uint8'],
  ['onnx/model.onnx', 'float32'],
  ['model.onnx', 'float32'],
]
const TOKENIZERS = ['tokenizer.json', 'onnx/tokenizer.json']
/** sentence-transformers cuts at this unless told otherwise, and many tokenizers say 10^30 for "no limit". */
const MOST_TOKENS = 1 << 20

/**
 * The catalog entry of a repository, read from the files that sentence-transformers, Model2Vec and cross-encoders
 * keep there. Hashes of large files come from the hub's listing, others with the first pull.
 *
 * @throws AppError `invalid_request` that says what about the repository is not supported, and what to do
 */
export function describeRepository(repository: Repository, options: AddOptions = {}): CatalogModel {
  const { repo, revision, card } = repository
  const config = requireJson(repository, 'config.json')
  const tokenizer = findFile(repository, TOKENIZERS)
  if (!tokenizer)
    throw refuse(repository, 'has no tokenizer.json', 'export one with the transformers library')
  const common = {
    id: options.id ?? repo.slice(repo.indexOf('/') + 1),
    aliases: [],
    repo,
    revision,
    tokenizer,
    license: typeof card.license === 'string' ? card.license : 'unknown',
    languages: languagesOf(card.language),
    matryoshka: [],
    canaries: [],
  }
  if (config.model_type === 'model2vec')
    return { ...common, ...describeModel2Vec(repository, config, tokenizer) }
  const graph = chooseGraph(repository, options.graph)
  const files = [pinnedBy(repository, graph.path), pinnedBy(repository, tokenizer)]
  const shape = {
    graph: graph.path,
    precision: graph.precision,
    files,
    specialTokens: true,
    dropUnknown: false,
  }
  const maxTokens = maxTokensOf(repository, config)
  const limits = maxTokens === undefined ? {} : { maxTokens }
  if (isClassifier(config)) return { ...common, ...shape, ...limits, ...describeReranker(repository, config) }
  const { dimensions, heads, ...modules } = readModules(repository)
  const headFiles = Object.values(heads ?? {}).map(({ path }) => pinnedBy(repository, path))
  return {
    ...common,
    ...shape,
    ...limits,
    ...modules,
    files: [...files, ...headFiles],
    ...(heads && { heads }),
    task: 'embed',
    dimensions: dimensions ?? requireNumber(repository, config, 'hidden_size'),
    ...habitsOf(repository),
  }
}

function describeModel2Vec(
  repository: Repository,
  config: Readonly<Record<string, unknown>>,
  tokenizer: string,
) {
  const table = 'model.safetensors'
  if (!findFile(repository, [table]))
    throw refuse(repository, `has no ${table}`, 'add a Model2Vec repository')
  return {
    task: 'embed',
    graph: 'model.onnx',
    graphFrom: { kind: 'model2vec', ...pinnedBy(repository, table) },
    files: [{ path: 'model.onnx' }, pinnedBy(repository, tokenizer)],
    precision: 'int8',
    dimensions: requireNumber(repository, config, 'hidden_dim'),
    maxTokens: 8192,
    pooling: 'mean',
    normalize: config.normalize === true,
    specialTokens: false,
    dropUnknown: true,
    prompts: {},
    similarity: 'cosine',
  } as const
}

function describeReranker(repository: Repository, config: Readonly<Record<string, unknown>>) {
  const labels = Object.keys((config.id2label as object | undefined) ?? { 0: 'LABEL_0' }).length
  if (labels !== 1) {
    throw refuse(
      repository,
      `classifies into ${labels} labels`,
      'a reranker has one score; choose another model',
    )
  }
  return {
    task: 'rerank',
    dimensions: 1,
    pooling: 'cls',
    normalize: false,
    prompts: {},
    similarity: 'dot',
  } as const
}

function isClassifier({ architectures }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(architectures) && architectures.some((name) => /ForSequenceClassification$/.test(name))
}

/** Prompts and similarity, as sentence-transformers keeps them. */
function habitsOf(repository: Repository): Pick<CatalogModel, 'prompts' | 'similarity'> {
  const habits = repository.json('config_sentence_transformers.json') ?? {}
  const entries = Object.entries((habits.prompts as Record<string, string> | undefined) ?? {})
  const prompts = Object.fromEntries(
    entries
      .filter(([, text]) => text !== '')
      .map(([name, text]) => [name === 'passage' ? 'document' : name, text]),
  )
  return { prompts, similarity: habits.similarity_fn_name === 'dot' ? 'dot' : 'cosine' }
}

function maxTokensOf(repository: Repository, config: Readonly<Record<string, unknown>>): number | undefined {
  const limits = [
    repository.json('sentence_bert_config.json')?.max_seq_length,
    repository.json('tokenizer_config.json')?.model_max_length,
    config.max_position_embeddings,
  ]
  return limits.find((limit): limit is number => Number.isInteger(limit) && (limit as number) <= MOST_TOKENS)
}

function chooseGraph(repository: Repository, chosen: string | undefined) {
  if (chosen !== undefined) {
    if (!findFile(repository, [chosen])) throw refuse(repository, `has no ${chosen}`, 'correct --graph')
    const precision =
      GRAPHS.find(([path]) => path === chosen)?.[1] ?? (/int8|quant/.test(chosen) ? 'int8' : 'float32')
    return { path: chosen, precision }
  }
  const found = GRAPHS.find(([path]) => findFile(repository, [path]))
  if (found) return { path: found[0], precision: found[1] }
  throw refuse(
    repository,
    'has no ONNX graph',
    `export one: optimum-cli export onnx --task feature-extraction --model ${repository.repo} <folder>, then npm run models -- quantize`,
  )
}

function pinnedBy({ files }: Repository, path: string) {
  const { bytes, sha256 } = files.find((file) => file.path === path)!
  return { path, bytes, ...(sha256 && { sha256 }) }
}

function findFile({ files }: Repository, paths: readonly string[]): string | undefined {
  return paths.find((path) => files.some((file) => file.path === path))
}

function languagesOf(language: unknown): string[] {
  const list = typeof language === 'string' ? [language] : Array.isArray(language) ? language : []
  return list.filter((item): item is string => typeof item === 'string')
}

function requireJson(repository: Repository, path: string): Readonly<Record<string, unknown>> {
  const content = repository.json(path)
  if (content) return content
  throw refuse(repository, `has no ${path}`, 'add a repository of a transformer or Model2Vec model')
}

function requireNumber(
  repository: Repository,
  config: Readonly<Record<string, unknown>>,
  field: string,
): number {
  const value = config[field]
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
  throw refuse(repository, `has no ${field} in its config.json`, 'add its entry to the catalog by hand')
}
