import type { CatalogModel, Manifest } from '../../src/models/catalog/manifest.ts'
import { sha256Of } from './describe-file.ts'
import { readModules } from './modules.ts'
import { Problems, type Repository } from './repository.ts'

/** What an operator may say when a repository leaves it open. */
interface AddOptions {
  readonly id?: string | undefined
  /** Path of the ONNX graph. */
  readonly graph?: string | undefined
  /** Fields of the manifest, which count before what the files say. */
  readonly set?: Readonly<Record<string, unknown>>
}

type Config = Readonly<Record<string, unknown>>

/** The files that are looked for, the usual int8 exports first. */
const GRAPHS: readonly [path: string, precision: Manifest['precision']][] = [
  ['onnx/model_quantized.onnx', 'int8'],
  ['onnx/model_int8.onnx', 'int8'],
  ['onnx/model_quint8_avx2.onnx', 'uint8'],
  ['onnx/model_qint8_avx512_vnni.onnx', 'int8'],
  ['onnx/model_qint8_arm64.onnx', 'int8'],
  ['onnx/model_uint8.onnx', 'uint8'],
  ['onnx/model.onnx', 'float32'],
  ['model_quantized.onnx', 'int8'],
  ['model_int8.onnx', 'int8'],
  ['model.onnx', 'float32'],
]
const TOKENIZERS = ['tokenizer.json', 'onnx/tokenizer.json']
/** sentence-transformers cuts at this unless told otherwise, and many tokenizers say 10^30 for "no limit". */
const MOST_TOKENS = 1 << 20
/** Of these the first position is behind the number of the padding token: 514 positions are 512 tokens. */
const AFTER_PADDING = /^(roberta|xlm-roberta|camembert|mpnet)$/
/** What architectures call the columns of their vectors: BERT, DistilBERT, T5, GPT-2. */
const COLUMNS = ['hidden_size', 'dim', 'd_model', 'n_embd']

/**
 * The catalog entry of a repository or folder, read from the files that sentence-transformers, Model2Vec and
 * cross-encoders keep there. Hashes of large files come from the hub's listing, others with the first pull; of a folder
 * all are known.
 *
 * @throws AppError `invalid_request` that says everything that is missing or not supported, and what to do
 */
export function describeRepository(repository: Repository, options: AddOptions = {}): CatalogModel {
  const problems = new Problems()
  const set = options.set ?? {}
  const config = repository.json('config.json') ?? {}
  const tokenizer = findFile(repository, TOKENIZERS)
  if (!tokenizer) problems.add('has no tokenizer.json', 'export one with the transformers library')
  const described =
    config.model_type === 'model2vec'
      ? describeModel2Vec(repository, config, problems)
      : describeGraph(repository, config, options, problems)
  const model = {
    ...headOf(repository, options.id),
    tokenizer: tokenizer ?? '',
    ...described,
    files: [...described.files, ...(tokenizer ? [pinnedBy(repository, tokenizer)] : [])],
    ...set,
  }
  for (const [field, question] of Object.entries(QUESTIONS)) {
    if (!(field in model)) problems.add(question, `say it: --set ${field}=${EXAMPLES[field]}`)
  }
  problems.refuse(repository)
  return { ...model, ...revisionOf(repository, model.files) } as CatalogModel
}

/** Fields that nothing is served without, and what a repository without them lacks. */
const QUESTIONS: Readonly<Record<string, string>> = {
  dimensions: `does not say how many columns its vectors have (config.json: ${COLUMNS.join(', ')})`,
  maxTokens:
    'does not say how many tokens it takes (sentence_bert_config.json, tokenizer_config.json, config.json)',
  pooling: 'does not say how it pools (modules.json, 1_Pooling/config.json)',
  normalize: 'does not say whether its vectors have length 1 (modules.json)',
}
const EXAMPLES: Readonly<Record<string, string>> = {
  dimensions: '384',
  maxTokens: '512',
  pooling: 'mean (or cls, last-token)',
  normalize: 'true (or false)',
}

function headOf({ repo, card }: Repository, id = repo.slice(repo.indexOf('/') + 1)) {
  return {
    id,
    aliases: [],
    repo,
    license: typeof card.license === 'string' ? card.license : 'unknown',
    languages: languagesOf(card.language),
    matryoshka: [],
    canaries: [],
  }
}

/** The hub's commit; of a folder the head of a hash over the hashes of its files. */
function revisionOf({ revision }: Repository, files: CatalogModel['files']) {
  if (revision !== undefined) return { revision }
  const known = files.filter(({ sha256 }) => sha256 !== undefined)
  const lines = known.map(({ path, sha256 }) => `${sha256}  ${path}\n`)
  return { revision: sha256Of(lines.join('')).slice(0, 40) }
}

function describeModel2Vec(repository: Repository, config: Config, problems: Problems) {
  const table = 'model.safetensors'
  if (!findFile(repository, [table])) problems.add(`has no ${table}`, 'add a Model2Vec repository')
  return {
    task: 'embed',
    graph: 'model.onnx',
    graphFrom: { kind: 'model2vec', ...pinnedBy(repository, table) },
    files: [{ path: 'model.onnx' }] as CatalogModel['files'],
    precision: 'int8',
    ...numberOf(config, ['hidden_dim'], 'dimensions'),
    maxTokens: 8192,
    pooling: 'mean',
    normalize: config.normalize === true,
    specialTokens: false,
    dropUnknown: true,
    prompts: {},
    similarity: 'cosine',
  } as const
}

function describeGraph(repository: Repository, config: Config, options: AddOptions, problems: Problems) {
  const graph = chooseGraph(repository, options.graph, problems)
  const weights = [graph.path, `${graph.path}_data`].filter((path) => findFile(repository, [path]))
  const shape = {
    graph: graph.path,
    precision: graph.precision,
    specialTokens: true,
    dropUnknown: false,
    ...maxTokensOf(repository, config),
  }
  const files = weights.map((path) => pinnedBy(repository, path))
  if (isClassifier(config)) return { ...shape, files, ...describeReranker(config, problems) }
  const { heads, ...modules } = readModules(repository, problems)
  const headFiles = Object.values(heads ?? {}).flatMap(({ path }) =>
    findFile(repository, [path]) ? [pinnedBy(repository, path)] : [],
  )
  return {
    task: 'embed',
    ...shape,
    ...numberOf(config, COLUMNS, 'dimensions'),
    ...modules,
    files: [...files, ...headFiles],
    ...(heads && { heads }),
    ...habitsOf(repository),
  } as const
}

function describeReranker(config: Config, problems: Problems) {
  const labels = Object.keys((config.id2label as object | undefined) ?? { 0: 'LABEL_0' }).length
  if (labels !== 1) {
    problems.add(`classifies into ${labels} labels`, 'a reranker has one score; choose another model')
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

function isClassifier({ architectures }: Config): boolean {
  return Array.isArray(architectures) && architectures.some((name) => /ForSequenceClassification$/.test(name))
}

/** Prompts, similarity and case, as sentence-transformers keeps them. */
function habitsOf(repository: Repository): Pick<CatalogModel, 'prompts' | 'similarity' | 'lowercase'> {
  const habits = repository.json('config_sentence_transformers.json') ?? {}
  const entries = Object.entries((habits.prompts as Record<string, string> | undefined) ?? {})
  const prompts = Object.fromEntries(
    entries
      .filter(([, text]) => text !== '')
      .map(([name, text]) => [name === 'passage' ? 'document' : name, text]),
  )
  const lowercase = repository.json('sentence_bert_config.json')?.do_lower_case === true
  return {
    prompts,
    similarity: habits.similarity_fn_name === 'dot' ? 'dot' : 'cosine',
    ...(lowercase && { lowercase }),
  }
}

/** The author's own limit, else the smaller one of tokenizer and positions. */
function maxTokensOf(repository: Repository, config: Config): { maxTokens?: number } {
  const positions = config.max_position_embeddings
  const padding = config.pad_token_id ?? 1
  const behind = AFTER_PADDING.test(String(config.model_type)) ? Number(padding) + 1 : 0
  const own = repository.json('sentence_bert_config.json')?.max_seq_length
  const usable = (limit: unknown): limit is number =>
    Number.isInteger(limit) && (limit as number) > 0 && (limit as number) <= MOST_TOKENS
  if (usable(own)) return { maxTokens: own }
  const limits = [
    repository.json('tokenizer_config.json')?.model_max_length,
    typeof positions === 'number' ? positions - behind : undefined,
  ].filter(usable)
  return limits.length > 0 ? { maxTokens: Math.min(...limits) } : {}
}

function chooseGraph(repository: Repository, chosen: string | undefined, problems: Problems) {
  if (chosen !== undefined) {
    if (!findFile(repository, [chosen])) problems.add(`has no ${chosen}`, 'correct --graph')
    const precision =
      GRAPHS.find(([path]) => path === chosen)?.[1] ?? (/int8|quant/.test(chosen) ? 'int8' : 'float32')
    return { path: chosen, precision }
  }
  const found = GRAPHS.find(([path]) => findFile(repository, [path]))
  if (!found) {
    problems.add(
      'has no ONNX graph',
      `export one: optimum-cli export onnx --task feature-extraction --model ${repository.place.replace(/^\S+ /, '')} <folder>, then npm run models -- quantize; or name it with --graph`,
    )
  }
  const [path, precision] = found ?? ['model.onnx', 'float32']
  return { path, precision }
}

function pinnedBy({ files }: Repository, path: string) {
  const file = files.find((file) => file.path === path)
  if (!file) return { path }
  const { bytes, sha256 } = file
  return { path, bytes, ...(sha256 && { sha256 }) }
}

function findFile({ files }: Repository, paths: readonly string[]): string | undefined {
  return paths.find((path) => files.some((file) => file.path === path))
}

function languagesOf(language: unknown): string[] {
  const list = typeof language === 'string' ? [language] : Array.isArray(language) ? language : []
  return list.filter((item): item is string => typeof item === 'string')
}

/** The first of `names` that is a whole number above 0, as `field`. */
function numberOf(config: Config, names: readonly string[], field: string): Record<string, number> {
  const value = names
    .map((name) => config[name])
    .find((found) => Number.isInteger(found) && Number(found) > 0)
  return value === undefined ? {} : { [field]: Number(value) }
}
