import type { DatabaseFacts } from '../../src/collections/postgres/inspect.ts'
import type { CatalogGenerator } from '../../src/models/catalog/generator-manifest.ts'
import type { CatalogModel, Manifest } from '../../src/models/catalog/manifest.ts'
import type { AccountFacts } from './account-facts.ts'
import type { Compiled } from './compiled.ts'
import type { Parameters } from './parameters.ts'

/** What is seen before a deployment: `problem` stops it, `warning` makes it slower, dearer or not sure to work. */
export interface Finding {
  readonly level: 'good' | 'warning' | 'problem'
  readonly text: string
}

/** Everything that the doctor looks at; gathered by `scripts/doctor.ts`. */
export interface Facts {
  /** Version of Node without its `v`. */
  readonly node: string
  /** The processor of this machine, as `process.arch` names it. */
  readonly processor: string
  /** For what dist/ was compiled ahead; undefined when nothing says so. */
  readonly compiled: Compiled | undefined
  readonly service: string
  readonly stage: string
  /** As they are given, read or not. */
  readonly given: Readonly<Record<string, unknown>>
  /** The model of an id or alias, with what pulls found out. @throws AppError `unknown_model` */
  readonly findModel: (name: string) => CatalogModel
  /** Whether a model's files are on this disk, where layers are made of them. */
  readonly isPulled: (model: CatalogModel) => boolean
  /** Language models with what pulls found out; asked where a deployment has their function. */
  readonly generators: () => readonly CatalogGenerator[]
  /** Why nobody should judge by default in a deployment, in a sentence; undefined where that is proven, or there is nobody. */
  readonly unproven: (parameters: Parameters) => string | undefined
  /** The same of a server with the settings of this machine. */
  readonly unprovenHere: readonly string[]
  /** Bytes of the ONNX runtime for an architecture; undefined when it is not installed. */
  readonly runtimeBytes: (architecture: Parameters['architecture']) => number | undefined
  /** Bytes of the largest function without layers; undefined before it is built. */
  readonly functionBytes: number | undefined
  /** What is missing in dist/ and layers/, in a sentence. */
  readonly missing: (wanted: Pick<Parameters, 'architecture' | 'generate'>) => string | undefined
  /** Who AWS says that deploys, or why it does not; undefined when it was not asked. */
  readonly identity: { readonly account: string } | { readonly problem: string } | undefined
  /** What the account has and allows; undefined when it was not asked. */
  readonly account?: AccountFacts | undefined
  /** What the database of collections is, or why it cannot be asked; undefined when it was not asked, or is none. */
  readonly database?: DatabaseFacts | { readonly problem: string } | undefined
}

/** A finding that all is well. */
export const good = (text: string): Finding => ({ level: 'good', text })
/** A finding that something could be better. */
export const warning = (text: string): Finding => ({ level: 'warning', text })
/** A finding that stops a deployment. */
export const problem = (text: string): Finding => ({ level: 'problem', text })

/** A model that a deployment needs, and what for. */
export interface NeededModel {
  readonly need: string
  readonly model: CatalogModel
  /** The model, when everything is known of it. */
  readonly manifest: Manifest | undefined
}
