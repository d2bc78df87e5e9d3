import type { Manifest, ModelHead } from '../../src/models/catalog/manifest.ts'
import type { Problems, Repository } from './repository.ts'

/** How sentence-transformers makes one vector of a text's tokens, as far as the repository says. */
interface Modules {
  readonly pooling?: Manifest['pooling']
  readonly normalize?: boolean
  readonly heads?: Readonly<Record<string, ModelHead>>
  /** Columns after the last module. */
  readonly dimensions?: number
}

interface Module {
  readonly kind: string
  readonly path: string
}

/** Poolings by our names: flags of a pooling module, and what newer versions write as `pooling_mode`. */
const POOLINGS: Readonly<Record<string, Manifest['pooling']>> = {
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_cls_token: 'cls',
  pooling_mode_lasttoken: 'last-token',
  mean: 'mean',
  cls: 'cls',
  lasttoken: 'last-token',
}
const KINDS = ['Transformer', 'Pooling', 'Normalize', 'Dense', 'Asym', 'Router', 'Dropout']
/** What training pairs call their two sides. */
const ROLES: Readonly<Record<string, string>> = {
  anchor: 'query',
  query: 'query',
  positive: 'document',
  passage: 'document',
  document: 'document',
}
const OTHER_MODEL = 'choose another model'

/** Reads `modules.json` and the configurations of its modules; what cannot be served is noted in `problems`. */
export function readModules(repository: Repository, problems: Problems): Modules {
  const listed = repository.json('modules.json')
  if (!listed) return {}
  const modules = (Object.values(listed) as { type: string; path: string }[]).map(({ type, path }) => ({
    kind: type.slice(type.lastIndexOf('.') + 1),
    path,
  }))
  const strange = modules.filter(({ kind }) => !KINDS.includes(kind))
  for (const { kind } of strange) {
    problems.add(
      `has a module ${kind}, which its ONNX graph lacks`,
      'choose a model that pools, maps by Dense layers and normalizes at most',
    )
  }
  return {
    ...(strange.length === 0 && readPooling(repository, modules, problems)),
    normalize: modules.some(({ kind }) => kind === 'Normalize'),
    ...readHeads(repository, modules, problems),
  }
}

function readPooling(
  repository: Repository,
  modules: readonly Module[],
  problems: Problems,
): Pick<Modules, 'pooling' | 'dimensions'> {
  const module = modules.find(({ kind }) => kind === 'Pooling')
  const config = module && repository.json(`${module.path}/config.json`)
  if (!config) return {}
  const mode = config.pooling_mode
  const on =
    mode === undefined
      ? Object.keys(config).filter((name) => name.startsWith('pooling_mode_') && config[name] === true)
      : [mode].flat().map(String)
  const pooling = on.length === 1 ? POOLINGS[on[0]!] : undefined
  if (!pooling) problems.add(`pools by ${on.join(' and ') || 'nothing'}`, OTHER_MODEL)
  if (config.include_prompt === false) problems.add('leaves its prompts out of the pooling', OTHER_MODEL)
  const dimensions = config.embedding_dimension ?? config.word_embedding_dimension
  return { ...(pooling && { pooling }), ...(typeof dimensions === 'number' && { dimensions }) }
}

/** One Dense layer for every text, or one for each side of a pair. */
function readHeads(
  repository: Repository,
  modules: readonly Module[],
  problems: Problems,
): Pick<Modules, 'heads' | 'dimensions'> {
  const dense = modules.filter(({ kind }) => kind === 'Dense' || kind === 'Asym' || kind === 'Router')
  const [module, ...others] = dense
  if (!module) return {}
  if (others.length > 0) {
    problems.add(`has ${dense.length} maps after another`, OTHER_MODEL)
    return {}
  }
  const paths = module.kind === 'Dense' ? { query: module.path } : branchesOf(repository, module, problems)
  const layers = Object.entries(paths).flatMap(([role, path]) => {
    const layer = readDense(repository, path, problems)
    return layer ? [[role, layer] as const] : []
  })
  if (layers.length === 0) return {}
  return {
    heads: Object.fromEntries(layers.map(([role, { head }]) => [role, head])),
    dimensions: layers[0]![1].outputs,
  }
}

function branchesOf(repository: Repository, { path }: Module, problems: Problems): Record<string, string> {
  const config = repository.json(`${path}/config.json`) ?? repository.json(`${path}/router_config.json`)
  const structure = (config?.structure ?? {}) as Readonly<Record<string, readonly string[]>>
  const branches = Object.entries(structure).flatMap(([name, layers]) => {
    const role = ROLES[name]
    if (role && layers.length === 1) return [[role, `${path}/${layers[0]}`] as const]
    problems.add(`has a branch ${name} of ${layers.length} layers`, OTHER_MODEL)
    return []
  })
  // The first is that of texts without a role.
  return Object.fromEntries(branches.sort(([one], [other]) => (one > other ? -1 : 1)))
}

function readDense(
  repository: Repository,
  folder: string,
  problems: Problems,
): { head: ModelHead; outputs: number } | undefined {
  const config = repository.json(`${folder}/config.json`)
  const path = `${folder}/model.safetensors`
  const name = String(config?.activation_function ?? '')
  const activation = /Identity$/.test(name) ? 'identity' : /Tanh$/.test(name) ? 'tanh' : undefined
  const outputs = config?.out_features
  if (!repository.files.some((file) => file.path === path)) {
    problems.add(`has no ${path}`, 'choose a revision with safetensors')
  }
  if (activation && typeof outputs === 'number') return { head: { path, activation }, outputs }
  problems.add(`has a Dense layer with activation ${name || 'unknown'}`, OTHER_MODEL)
  return undefined
}
