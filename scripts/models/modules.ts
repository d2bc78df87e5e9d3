import type { Manifest, ModelHead } from '../../src/models/catalog/manifest.ts'
import { type Repository, refuse } from './repository.ts'

/** How sentence-transformers makes one vector of a text's tokens. */
interface Modules {
  readonly pooling: Manifest['pooling']
  readonly normalize: boolean
  readonly heads?: Readonly<Record<string, ModelHead>>
  /** Columns after the last module, where a Dense layer changes them. */
  readonly dimensions?: number
}

interface Module {
  readonly kind: string
  readonly path: string
}

/** The flags of a pooling module, by our names; all others are refused. */
const POOLINGS: Readonly<Record<string, Manifest['pooling']>> = {
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_cls_token: 'cls',
  pooling_mode_lasttoken: 'last-token',
}
const KINDS = ['Transformer', 'Pooling', 'Normalize', 'Dense', 'Asym', 'Router']
/** What training pairs call their two sides. */
const ROLES: Readonly<Record<string, string>> = {
  anchor: 'query',
  query: 'query',
  positive: 'document',
  passage: 'document',
  document: 'document',
}

/** Reads `modules.json` and the configurations of its modules. */
export function readModules(repository: Repository): Modules {
  const listed = Object.values(repository.json('modules.json') ?? {}) as { type: string; path: string }[]
  const modules = listed.map(({ type, path }) => ({ kind: type.slice(type.lastIndexOf('.') + 1), path }))
  const strange = modules.find(({ kind }) => !KINDS.includes(kind))
  if (strange) {
    throw refuse(
      repository,
      `has a module ${strange.kind}, which its ONNX graph lacks`,
      'choose a model that pools, maps by Dense layers and normalizes at most',
    )
  }
  const heads = readHeads(repository, modules)
  return {
    pooling: readPooling(repository, modules),
    normalize: modules.some(({ kind }) => kind === 'Normalize'),
    ...heads,
  }
}

function readPooling(repository: Repository, modules: readonly Module[]): Manifest['pooling'] {
  const module = modules.find(({ kind }) => kind === 'Pooling')
  const config = module && repository.json(`${module.path}/config.json`)
  if (!config) throw refuse(repository, 'does not say how it pools', 'add its entry to the catalog by hand')
  const on = Object.keys(config).filter((name) => name.startsWith('pooling_mode_') && config[name] === true)
  const pooling = on.length === 1 ? POOLINGS[on[0]!] : undefined
  if (pooling) return pooling
  throw refuse(repository, `pools by ${on.join(' and ') || 'nothing'}`, 'choose another model')
}

/** One Dense layer for every text, or one for each side of a pair. */
function readHeads(
  repository: Repository,
  modules: readonly Module[],
): Pick<Modules, 'heads' | 'dimensions'> {
  const dense = modules.filter(({ kind }) => kind === 'Dense' || kind === 'Asym' || kind === 'Router')
  const [module, ...others] = dense
  if (!module) return {}
  if (others.length > 0)
    throw refuse(repository, `has ${dense.length} maps after another`, 'choose another model')
  const paths = module.kind === 'Dense' ? { query: module.path } : branchesOf(repository, module)
  const layers = Object.entries(paths).map(([role, path]) => [role, readDense(repository, path)] as const)
  return {
    heads: Object.fromEntries(layers.map(([role, { head }]) => [role, head])),
    dimensions: layers[0]![1].outputs,
  }
}

function branchesOf(repository: Repository, { path }: Module): Record<string, string> {
  const config = repository.json(`${path}/config.json`) ?? repository.json(`${path}/router_config.json`)
  const structure = (config?.structure ?? {}) as Readonly<Record<string, readonly string[]>>
  const branches = Object.entries(structure).map(([name, layers]) => {
    const role = ROLES[name]
    if (!role || layers.length !== 1) {
      throw refuse(repository, `has a branch ${name} of ${layers.length} layers`, 'choose another model')
    }
    return [role, `${path}/${layers[0]}`] as const
  })
  // The first is that of texts without a role.
  return Object.fromEntries(branches.sort(([one], [other]) => (one > other ? -1 : 1)))
}

function readDense(repository: Repository, folder: string): { head: ModelHead; outputs: number } {
  const config = repository.json(`${folder}/config.json`)
  const path = `${folder}/model.safetensors`
  const name = String(config?.activation_function ?? '')
  const activation = /Identity$/.test(name) ? 'identity' : /Tanh$/.test(name) ? 'tanh' : undefined
  if (!repository.files.some((file) => file.path === path)) {
    throw refuse(repository, `has no ${path}`, 'choose a revision with safetensors')
  }
  if (!activation || typeof config?.out_features !== 'number') {
    throw refuse(repository, `has a Dense layer with activation ${name || 'unknown'}`, 'choose another model')
  }
  return { head: { path, activation }, outputs: config.out_features }
}
