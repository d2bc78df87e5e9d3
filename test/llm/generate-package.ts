import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { buildLlamaFolder } from '../../scripts/layers/llama.ts'
import type { Architecture } from '../../scripts/layers/runtime.ts'
import { type Checkout, createCheckout, type Packed } from '../deploy/packages.ts'
import { unpack } from '../deployed/unpack.ts'
import { ggufManifestOf, RUNTIME_FOLDER } from '../support/llm.ts'

/** What packages are made for here. */
export const architecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'x64'

/** A small model that tells stories. */
export const stories = gunzipSync(
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'llm', 'more', 'stories-qwen.gguf.gz')),
)

/** The packed function of language models. */
interface GeneratePackage {
  readonly checkout: Checkout
  readonly packed: Packed
}

/** Packs the function with its runtime, and unpacks it as `task` and its layers as `opt` below a folder. */
export function layOutGenerate(folder: string): GeneratePackage {
  const checkout = createCheckout(architecture)
  const llama = join(checkout.packages, '..', 'layers', 'llm')
  const modules = join(RUNTIME_FOLDER, 'node_modules')
  buildLlamaFolder(architecture, llama, { modules, install: () => {} })
  const packed = checkout.pack('dev', { generate: 'true', modelBucket: 'weights' })
  expect(packed.status, packed.output).toBe(0)
  unpack(join(checkout.packages, 'generate.zip'), join(folder, 'task'))
  for (const layer of ['onnxruntime', 'models']) {
    unpack(join(checkout.packages, `${layer}.zip`), join(folder, 'opt'))
  }
  return { checkout, packed }
}

/** Puts the model of stories below a folder `stories` of `models`, and says in `llm.json` of the layers what it is. */
export function describeStories(folder: string, models: string): string {
  mkdirSync(join(models, 'stories'), { recursive: true })
  const path = join(models, 'stories', 'model.gguf')
  writeFileSync(path, stories)
  writeFileSync(join(folder, 'opt', 'llm.json'), JSON.stringify([manifestOfStories(path)]))
  return path
}

/** The manifest of the model of stories. */
export function manifestOfStories(path: string) {
  return ggufManifestOf(path, { id: 'stories', chat: { format: 'blenderbot' } })
}
