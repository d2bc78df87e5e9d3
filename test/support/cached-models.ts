import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { createContext } from '../../src/context.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { keyOf } from '../../src/models/files/artifacts.ts'
import type { CachedModel, DiskCache } from '../../src/models/files/cache.ts'
import { manifestOf } from './manifests.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'

/** Size of each model's only file. */
export const MODEL_BYTES = 1_500_000

/** The file of a model, unlike any other's. */
export function bodyOf(id: string, bytes = MODEL_BYTES): Buffer {
  return Buffer.alloc(bytes, `${id} `)
}

/** The manifest of a model whose file has this body. */
export function modelOf(id: string, body = bodyOf(id)): Manifest {
  const sha256 = createHash('sha256').update(body).digest('hex')
  return manifestOf({ id, files: [{ path: 'model.onnx', bytes: body.length, sha256 }] })
}

/** A store with the files of these models. */
export function storeOf(...ids: string[]): MemoryStore {
  return createMemoryStore(Object.fromEntries(ids.map((id) => [`${id}/model.onnx`, bodyOf(id)])))
}

/** A context that does not end. */
export const context = createContext()

/** Fetches the file of a model that is held. */
export function fetchGraph(
  model: CachedModel,
  manifest: Manifest,
  source: MemoryStore,
  within = context,
): Promise<string> {
  return model.fetch(manifest.files[0]!, { source, key: keyOf(manifest, 'model.onnx') }, within)
}

/** Holds a model, fetches it and lets it go; returns its path. */
export async function use(cache: DiskCache, id: string, source: MemoryStore): Promise<string> {
  const manifest = modelOf(id)
  const model = await cache.hold(manifest, context)
  const path = await fetchGraph(model, manifest, source)
  expect(readFileSync(path).equals(bodyOf(id))).toBe(true)
  model.release()
  return path
}

/** The names of the models' folders in a cache. */
export function modelsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name !== '.marks')
}
