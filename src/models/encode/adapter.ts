import { AppError } from '../../errors.ts'
import { encodeOnnx } from '../../formats/onnx.ts'
import { readSafeTensors } from '../../formats/safetensors.ts'
import { allFinite } from '../../vector/finite.ts'
import { createMatrix, type Matrix } from '../../vector/matrix.ts'
import {
  ADAPTER_FILE,
  ADAPTER_TENSOR,
  type AdaptedManifest,
  MOST_ADAPTER_HEADER_BYTES,
} from '../catalog/learned.ts'
import type { Manifest } from '../catalog/manifest.ts'
import type { Artifacts } from '../files/artifacts.ts'
import { openPlainGraph } from '../runtime/plain-graph.ts'

/**
 * A learned map behind the vectors of a base, run by the ONNX runtime: of one vector in 0.07 ms at 384 columns and 0.11 ms
 * at 768, of 64 in 0.36 ms (medians of 500 on a two-core Xeon busy with other work; a loop here takes 0.22 and 0.93 ms).
 */
export interface Adapter {
  /** Whether texts of a role are mapped: of a map of queries those with the role `query` alone. */
  maps(role: string | undefined): boolean
  /**
   * Maps each row of `[rows, dimensions]` and keeps the first `columns`.
   *
   * @param alone each row by itself, so that it gives the same bits whatever stands beside it
   */
  map(vectors: Matrix, columns: number, alone: boolean): Promise<Matrix>
  release(): Promise<void>
}

/** Rows of one product: some milliseconds at 768 columns, after which other work has its turn. */
const ROWS = 256

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

/** Makes a map that was read ready to run. Its native memory stays until `release`. */
export async function openAdapter(
  { dimensions: size, learned }: Manifest,
  weight: Float32Array,
  threads: number,
): Promise<Adapter> {
  const graph = await openPlainGraph(mapGraph(weight, size), threads)
  return {
    maps: (role) => learned?.side === 'both' || role === 'query',
    async map(vectors, columns, alone) {
      const mapped = createMatrix(vectors.rows, columns)
      const step = alone ? 1 : ROWS
      for (let first = 0; first < vectors.rows; first += step) {
        const rows = Math.min(step, vectors.rows - first)
        const data = vectors.data.subarray(first * size, (first + rows) * size)
        const { mapped: part } = await graph.run({ vectors: { type: 'float32', data, shape: [rows, size] } })
        const whole = part as Float32Array
        for (let row = 0; row < rows; row++) {
          mapped.data.set(whole.subarray(row * size, row * size + columns), (first + row) * columns)
        }
      }
      return mapped
    },
    release: () => graph.release(),
  }
}

function mapGraph(weight: Float32Array, size: number): Uint8Array {
  return encodeOnnx({
    name: 'adapter',
    opset: 17,
    inputs: [{ name: 'vectors', type: 'float32', shape: ['rows', size] }],
    outputs: [{ name: 'mapped', type: 'float32', shape: ['rows', size] }],
    initializers: [{ name: 'weight', type: 'float32', shape: [size, size], data: weight }],
    nodes: [
      {
        operator: 'Gemm',
        inputs: ['vectors', 'weight'],
        outputs: ['mapped'],
        attributes: { transB: 1 },
      },
    ],
  })
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
