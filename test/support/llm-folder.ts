import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GgufManifest } from '../../src/models/catalog/generator-manifest.ts'
import { ggufManifestOf, RUNTIME_FOLDER } from './llm.ts'
import { shippedFolder } from './shipped-model.ts'

/** A GGUF file that a server is to serve, and what its catalog says of it beside the usual. */
interface ServedGguf {
  readonly id: string
  readonly bytes: Uint8Array
  readonly manifest?: Partial<GgufManifest>
}

/**
 * Lays out language models beside the model that ships, as users do with a catalog of their own.
 *
 * @returns the settings of a server that has them, one thread an answer
 */
export function layOutLanguageModels(folder: string, models: readonly ServedGguf[]): Record<string, string> {
  const entries = models.map(({ id, bytes, manifest }) => {
    const place = join(folder, 'models', id)
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'model.gguf'), bytes)
    const described = ggufManifestOf(join(place, 'model.gguf'), { id, repo: `test/${id}`, ...manifest })
    // No catalog has a file of no bytes: it is one that was to have some.
    const files = described.files.map((file) => ({ ...file, bytes: Math.max(1, file.bytes) }))
    return { ...described, files }
  })
  const catalog = join(folder, 'llm.json')
  writeFileSync(catalog, JSON.stringify(entries))
  return {
    LLM_CATALOG: catalog,
    LLM_RUNTIME: RUNTIME_FOLDER,
    LLM_THREADS: '1',
    MODEL_SOURCES: `${shippedFolder},${join(folder, 'models')}`,
  }
}
