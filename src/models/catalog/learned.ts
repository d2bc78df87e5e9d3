import type { Learned, Manifest, ManifestFile } from './manifest.ts'
import { vectorRevision } from './manifest.ts'

/** The file of a linear map behind the vectors of a base. */
export const ADAPTER_FILE = 'adapter.safetensors'
/** The tensor in it: `[dimensions, dimensions]` as PyTorch keeps a linear layer, so that y = W · x. */
export const ADAPTER_TENSOR = 'linear.weight'
/** Most bytes that its file may have before the numbers. */
export const MOST_ADAPTER_HEADER_BYTES = 1 << 14
/** What describes a model that lies in a folder of its own, beside its files. */
export const MANIFEST_FILE = 'manifest.json'

/** A model's id where it becomes the name of a folder: it begins with a letter or digit, 100 characters at most. */
export const FOLDER_ID = /^[A-Za-z0-9][\w.-]{0,99}$/

/** A manifest of a map behind the vectors of a base. */
export type AdaptedManifest = Manifest & {
  readonly learned: NonNullable<Manifest['learned']> & { readonly side: 'query' | 'both' }
}

/** Whether a model is a map behind the vectors of another one, whose files it needs. */
export function isAdapted(manifest: Manifest): manifest is AdaptedManifest {
  const side = manifest.learned?.side
  return side === 'query' || side === 'both'
}

/** What made vectors, as it is recorded beside them. */
export interface VectorMaker {
  readonly id: string
  /** As {@link vectorRevision} gives it. */
  readonly revision: string
  readonly precision: string
  /** Of a learned model: which side was adapted, and of which base. */
  readonly learned?: Pick<Learned, 'side' | 'base' | 'revision'>
}

/** What is recorded beside vectors that a model makes. */
export function makerOf(manifest: Manifest): VectorMaker {
  const { id, precision, learned } = manifest
  const maker = { id, revision: vectorRevision(manifest), precision }
  if (!learned) return maker
  const { side, base, revision } = learned
  return { ...maker, learned: { side, base, revision } }
}

/**
 * Whether what two models make of documents can be compared with either's queries: they are the same, or both leave the
 * documents' vectors as one base makes them.
 */
export function sameDocuments(one: VectorMaker, other: VectorMaker): boolean {
  const [first, second] = [documentsOf(one), documentsOf(other)]
  return first.id === second.id && first.revision === second.revision && one.precision === other.precision
}

function documentsOf({ id, revision, learned }: VectorMaker): {
  readonly id: string
  readonly revision: string
} {
  return learned?.side === 'query' ? { id: learned.base, revision: learned.revision } : { id, revision }
}

/** The files that lie in the model's own folder; of an adapted model the others lie in its base's. */
export function ownFiles(manifest: Manifest): readonly ManifestFile[] {
  if (!isAdapted(manifest)) return manifest.files
  return manifest.files.filter(({ path }) => isOwn(manifest, path))
}

function isOwn({ learned }: AdaptedManifest, path: string): boolean {
  return path === ADAPTER_FILE || path === learned.report
}

/** A model's files by the folder that they lie in. */
export interface ModelPart {
  /** Named as the folder is; its `graph` is the file whose presence says that the folder is there. */
  readonly manifest: Manifest
  has(path: string): boolean
}

/** Where the files of a model lie: in its own folder, or those of an adapted model in its base's and in its own. */
export function partsOf(manifest: Manifest): readonly ModelPart[] {
  if (!isAdapted(manifest)) return [{ manifest, has: () => true }]
  const { learned, derived: _, ...rest } = manifest
  const own: Manifest = { ...rest, files: ownFiles(manifest), graph: ADAPTER_FILE }
  const { learned: __, ...base } = manifest
  return [
    {
      manifest: {
        ...base,
        id: learned.base,
        revision: learned.revision.slice(0, 40),
        files: manifest.files.filter(({ path }) => !isOwn(manifest, path)),
      },
      has: (path) => !isOwn(manifest, path),
    },
    { manifest: own, has: (path) => isOwn(manifest, path) },
  ]
}

/**
 * Why a model does not fit the base that is here, in a sentence; nothing where it does. Files of the base are compared by
 * hash: the same revision in another precision has other vectors.
 */
export function misfit(manifest: Manifest, base: Manifest | undefined): string | undefined {
  if (!isAdapted(manifest)) return undefined
  const { id, learned } = manifest
  const made = `Model ${id} was learned on ${learned.base}@${learned.revision}`
  if (!base) return `${made}, which is not here; add that model.`
  const revision = vectorRevision(base)
  if (revision !== learned.revision)
    return `${made}; ${base.id} is here as ${revision}; learn it again on that one.`
  const theirs = new Map(base.files.map(({ path, sha256 }) => [path, sha256]))
  const other = manifest.files.find(
    ({ path, sha256 }) => !isOwn(manifest, path) && theirs.get(path) !== sha256,
  )
  return (
    other && `${made} with another file ${other.path} than ${base.id} has here; learn it again on that one.`
  )
}
