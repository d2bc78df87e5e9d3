import { AppError } from '../errors.ts'
import { readSafeTensors } from '../formats/safetensors.ts'
import type { LinearMap } from '../vector/linear.ts'
import type { Artifacts } from './artifacts.ts'
import type { Manifest } from './manifest.ts'

/** A model's maps of pooled vectors, by role. */
export type Heads = ReadonlyMap<string, LinearMap>

/**
 * Reads the Dense layers that follow the pooling: safetensors with `linear.weight` and, where the layer has one,
 * `linear.bias`, as sentence-transformers writes them.
 *
 * @throws AppError `artifact_missing`, `artifact_corrupt`
 */
export async function loadHeads(manifest: Manifest, artifacts: Artifacts): Promise<Heads | undefined> {
  if (!manifest.heads) return undefined
  const heads = new Map<string, LinearMap>()
  for (const [role, { path, activation }] of Object.entries(manifest.heads)) {
    const tensors = readSafeTensors(await artifacts.verifiedBytes(path))
    const { shape, data } = tensors.read('linear.weight')
    const [outputs, inputs] = [shape[0]!, shape[1]!]
    if (outputs !== manifest.dimensions) throw wrongWidth(manifest, path, outputs)
    const bias = tensors.names.includes('linear.bias') ? tensors.read('linear.bias').data : undefined
    heads.set(role, { weight: data, bias, inputs, outputs, activation })
  }
  return heads
}

/** The map for a role; inputs without one, or with one that has no map, take the first. */
export function headFor(heads: Heads | undefined, role: string | undefined): LinearMap | undefined {
  return heads?.get(role ?? '') ?? heads?.values().next().value
}

function wrongWidth({ id, dimensions }: Manifest, path: string, outputs: number): AppError {
  return new AppError(
    'artifact_corrupt',
    `The head ${path} of model ${id} makes ${outputs} columns; expected the manifest's ${dimensions} dimensions; correct one of them.`,
  )
}
