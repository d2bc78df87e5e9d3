import type { Manifest } from './manifest.ts'

/** The file of a linear map behind the vectors of a base. */
export const ADAPTER_FILE = 'adapter.safetensors'
/** The tensor in it: `[dimensions, dimensions]` as PyTorch keeps a linear layer, so that y = W · x. */
export const ADAPTER_TENSOR = 'linear.weight'
/** What describes a model that lies in a folder of its own, beside its files. */
export const MANIFEST_FILE = 'manifest.json'

/** A model's id where it becomes the name of a folder: it begins with a letter or digit, 100 characters at most. */
export const FOLDER_ID = /^[A-Za-z0-9][\w.-]{0,99}$/

/** A manifest of a map behind the vectors of a base. */
type AdaptedManifest = Manifest & {
  readonly learned: NonNullable<Manifest['learned']> & { readonly side: 'query' | 'both' }
}

/** Whether a model is a map behind the vectors of another one, whose files it needs. */
export function isAdapted(manifest: Manifest): manifest is AdaptedManifest {
  const side = manifest.learned?.side
  return side === 'query' || side === 'both'
}
