import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createContext } from '../../src/context.ts'
import { vectorRevision } from '../../src/models/catalog/manifest.ts'
import { createMatrix, type Matrix } from '../../src/vector/matrix.ts'
import { openModels } from '../models/open.ts'

/** Unit vectors of texts by a published model, from a file of an earlier run where there is one. */
export interface Teacher {
  /**
   * One row a text, in the order of `texts`. Computed once: the file is named after model, revision and texts, so
   * that a change of any of them computes anew. `name` is shown while that goes on.
   */
  vectorsOf(name: string, texts: readonly string[]): Promise<Matrix>
  close(): Promise<void>
}

/** Texts whose vectors are computed between two lines of progress. */
const CHUNK = 4096

/**
 * Opens a model of the catalog as a teacher, in this thread. int8 vectors move a little with the texts that they
 * are computed beside, so the texts always come in the same order and chunks.
 *
 * @param models folder that holds the model's own folder
 * @param cache folder of the files, made when it is missing
 * @throws AppError `artifact_not_found` when the folder does not have the model, with how to pull it
 */
export function openTeacher(model: string, models: string, cache: string): Teacher {
  const { catalog, engine } = openModels({ sources: [models] })
  const manifest = catalog.resolve(model)
  const context = createContext({ requestId: 'train' })
  const compute = async (name: string, texts: readonly string[]): Promise<Matrix> => {
    const vectors = createMatrix(texts.length, manifest.dimensions)
    for (let start = 0; start < texts.length; start += CHUNK) {
      const inputs = texts.slice(start, start + CHUNK)
      const chunk = await engine.embed({ model: manifest.id, inputs, options: { normalize: true } }, context)
      vectors.data.set(chunk.vectors.data, start * manifest.dimensions)
      console.log(`${manifest.id}: ${name}, ${start + inputs.length} of ${texts.length} texts`)
    }
    return vectors
  }
  return {
    async vectorsOf(name, texts) {
      const facts = JSON.stringify([manifest.id, vectorRevision(manifest), manifest.precision, texts])
      const hash = createHash('sha256').update(facts).digest('hex').slice(0, 32)
      const path = join(cache, `${manifest.id}-${name}-${hash}.f32`)
      if (existsSync(path)) return readVectors(path, texts.length, manifest.dimensions)
      const vectors = await compute(name, texts)
      mkdirSync(cache, { recursive: true })
      writeFileSync(`${path}.part`, vectors.data)
      renameSync(`${path}.part`, path)
      return vectors
    },
    close: () => engine.close(),
  }
}

function readVectors(path: string, rows: number, columns: number): Matrix {
  const bytes = readFileSync(path)
  if (bytes.length !== 4 * rows * columns) {
    throw new Error(
      `${path} has ${bytes.length} bytes; expected ${4 * rows * columns} for ${rows} vectors of ${columns} values; delete it to have them computed again.`,
    )
  }
  const data = new Float32Array(rows * columns)
  new Uint8Array(data.buffer).set(bytes)
  return { data, rows, columns }
}
