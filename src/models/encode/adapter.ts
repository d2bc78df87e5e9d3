import { AppError } from '../../errors.ts'
import { readSafeTensors } from '../../formats/safetensors.ts'
import { createTurns } from '../../turns.ts'
import { allFinite } from '../../vector/finite.ts'
import { createMatrix, type Matrix, rowOf } from '../../vector/matrix.ts'
import { createWideMap } from '../../vector/wide-map.ts'
import {
  ADAPTER_FILE,
  ADAPTER_TENSOR,
  type AdaptedManifest,
  MOST_ADAPTER_HEADER_BYTES,
} from '../catalog/learned.ts'
import type { Manifest } from '../catalog/manifest.ts'
import type { Artifacts } from '../files/artifacts.ts'

/**
 * A learned map behind the vectors of a base: 0.085 ms a text at 384 columns, right after the base's run. In a paired run,
 * with and without it in turns, a text took 0.023 ms of processor time more by jobs-static-2 (of 0.34), and 0.19 ms by
 * MiniLM-L6 (of 4.4), on two cores that thirteen other jobs shared.
 */
export interface Adapter {
  /** Whether texts of a role are mapped: of a map of queries those with the role `query` alone. */
  maps(role: string | undefined): boolean
  /**
   * Maps each row of `[rows, dimensions]` and keeps the first `columns`, in turns: a row gives the same bits whatever stands
   * beside it.
   */
  map(vectors: Matrix, columns: number): Promise<Matrix>
}

/**
 * Reads the map of an adapted model, `[dimensions, dimensions]`, y = W · x. Beside its hash, what its file says of the base
 * is held against the manifest.
 *
 * @throws AppError `artifact_missing`, `artifact_corrupt`
 */
export async function readMap(manifest: AdaptedManifest, artifacts: Artifacts): Promise<Float32Array> {
  const { metadata, read } = readSafeTensors(
    await artifacts.verifiedBytes(ADAPTER_FILE),
    MOST_ADAPTER_HEADER_BYTES,
  )
  const { base, revision, side } = manifest.learned
  const isOurs = metadata.base === base && metadata.revision === revision && metadata.side === side
  if (!isOurs) throw otherBase(manifest, metadata)
  const { shape, data } = read(ADAPTER_TENSOR)
  const size = manifest.dimensions
  if (shape.length !== 2 || shape[0] !== size || shape[1] !== size) throw wrongShape(manifest, shape)
  if (!allFinite(data)) throw notFinite(manifest)
  return data
}

/** Makes a map that was read ready to run. */
export function createAdapter({ dimensions: size, learned }: Manifest, weight: Float32Array): Adapter {
  const { apply } = createWideMap(weight, size)
  return {
    maps: (role) => learned?.side === 'both' || role === 'query',
    async map(vectors, columns) {
      const mapped = createMatrix(vectors.rows, columns)
      const turns = createTurns()
      for (let row = 0; row < vectors.rows; row++) {
        apply(rowOf(vectors, row), rowOf(mapped, row))
        const rest = turns.rest()
        if (rest) await rest
      }
      return mapped
    },
  }
}

function otherBase({ id, learned }: AdaptedManifest, found: Readonly<Record<string, string>>): AppError {
  const text = ({ base = '?', revision = '?', side = '?' }: Readonly<Record<string, string>>) =>
    `${base.slice(0, 100)}@${revision.slice(0, 60)} (${side.slice(0, 20)})`
  const { base, revision, side } = learned
  return corrupt(
    id,
    `was learned on ${text(found)}; expected ${text({ base, revision, side })} as its manifest says; it fits no other base, so learn it again on that one`,
  )
}

function wrongShape({ id, dimensions }: Manifest, shape: readonly number[]): AppError {
  return corrupt(
    id,
    `is ${shape.slice(0, 8).join(' × ')}; expected ${dimensions} × ${dimensions}; learn it again`,
  )
}

function notFinite({ id }: Manifest): AppError {
  return corrupt(id, 'has a value that is no finite number; learn it again')
}

function corrupt(model: string, problem: string): AppError {
  return new AppError('artifact_corrupt', `The map ${ADAPTER_FILE} of model ${model} ${problem}.`, {
    details: { model, path: ADAPTER_FILE },
    retryable: false,
  })
}
