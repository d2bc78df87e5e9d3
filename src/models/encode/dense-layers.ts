import { AppError } from '../../errors.ts'
import { readSafeTensors } from '../../formats/safetensors.ts'
import type { LinearMap } from '../../vector/linear.ts'
import type { Manifest } from '../catalog/manifest.ts'
import type { Artifacts } from '../files/artifacts.ts'

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
    const [first] = heads.values()
    if (first && inputs !== first.inputs) throw wrongInputs(manifest, path, inputs, first.inputs)
    const bias = tensors.names.includes('linear.bias') ? tensors.read('linear.bias').data : undefined
    if (bias && bias.length !== outputs) throw wrongBias(manifest, path, bias.length)
    heads.set(role, { weight: data, bias, inputs, outputs, activation })
  }
  return heads
}

/** Columns that the graph must give: those that the heads read, or the manifest's own. */
export function graphColumns(
  { dimensions, matryoshka }: Manifest,
  heads: Heads | undefined,
): { readonly columns: number; readonly cut: boolean } {
  const [head] = heads?.values() ?? []
  if (head) return { columns: head.inputs, cut: false }
  // A manifest may keep the first columns alone where it says that the model was trained to be cut to that size.
  return { columns: dimensions, cut: matryoshka.includes(dimensions) }
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

function wrongInputs({ id }: Manifest, path: string, inputs: number, expected: number): AppError {
  return new AppError(
    'artifact_corrupt',
    `The head ${path} of model ${id} reads ${inputs} columns; expected ${expected} as the first head does; correct one of them.`,
  )
}

function wrongBias({ id, dimensions }: Manifest, path: string, values: number): AppError {
  return new AppError(
    'artifact_corrupt',
    `The head ${path} of model ${id} has a bias of ${values} values; expected the manifest's ${dimensions}; fetch it again.`,
  )
}
