import { createContext } from '../../src/context.ts'
import { spearman } from '../../src/learning/spearman.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import type { Engine } from '../../src/models/engine/engine.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { dot } from '../../src/vector/similarity.ts'
import type { RatedPair } from '../train/data.ts'
import type { ModelFacts } from './report.ts'

const TIMED = 100
const WARM_UP = 5
const CHUNK = 256

/** Unit vectors by a model, one row a text. */
export async function embedAll(
  engine: Pick<Engine, 'embed'>,
  { id, dimensions }: Pick<Manifest, 'id' | 'dimensions'>,
  texts: readonly string[],
  role?: string,
): Promise<Matrix> {
  const units = createMatrix(texts.length, dimensions)
  for (let start = 0; start < texts.length; start += CHUNK) {
    const job = { model: id, inputs: texts.slice(start, start + CHUNK), options: { normalize: true, role } }
    units.data.set((await engine.embed(job, createContext())).vectors.data, start * dimensions)
  }
  return units
}

/** What a model takes on this machine, one text after another, and how well it does on rated pairs. */
export async function measureModel(
  engine: Pick<Engine, 'embed'>,
  manifest: Manifest,
  texts: readonly string[],
  rated: Readonly<Record<string, readonly RatedPair[]>>,
  role?: string,
): Promise<ModelFacts> {
  const one = (text: string) => embedAll(engine, manifest, [text], role)
  for (const text of texts.slice(0, WARM_UP)) await one(text)
  const timed = texts.slice(0, TIMED)
  const times: number[] = []
  for (const text of timed) {
    const start = performance.now()
    await one(text)
    times.push(performance.now() - start)
  }
  const found: [string, number][] = []
  for (const [name, pairs] of Object.entries(rated)) {
    const [left, right] = [
      await embedAll(
        engine,
        manifest,
        pairs.map((pair) => pair.left),
        role,
      ),
      await embedAll(
        engine,
        manifest,
        pairs.map((pair) => pair.right),
        role,
      ),
    ]
    const cosines = pairs.map((_, row) => dot(rowOf(left, row), rowOf(right, row)))
    found.push([
      name,
      spearman(
        cosines,
        pairs.map(({ score }) => score),
      ),
    ])
  }
  return {
    model: manifest.id,
    dimensions: manifest.dimensions,
    bytes: manifest.files.reduce((sum, { path, bytes }) => sum + (path === 'report.json' ? 0 : bytes), 0),
    msPerText: times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!,
    rated: Object.fromEntries(found),
  }
}
