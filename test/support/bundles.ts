import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, bundleDoors, bundleLlama } from '../../scripts/bundle.ts'

const root = join(import.meta.dirname, '../..')

/** Programs that were bundled for one test file, in a folder below the checkout so that packages are found. */
export interface Bundles {
  path(name: string): string
  remove(): void
}

/** Bundles one program, given from the root, as the doors are. */
export async function bundleProgram(path: string): Promise<Bundles> {
  const bundles = createFolder()
  await bundle([join(root, path)], bundles.path(''))
  return bundles
}

/** Bundles the program that runs llama.cpp. */
export async function bundleLlamaProgram(): Promise<Bundles> {
  const bundles = createFolder()
  await bundleLlama(root, bundles.path(''))
  return bundles
}

/** Bundles the doors as `npm run build` does. */
export async function bundleAllDoors(): Promise<Bundles> {
  const bundles = createFolder()
  await bundleDoors(root, bundles.path(''))
  return bundles
}

function createFolder(): Bundles {
  const parent = join(root, 'dist')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'test-'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }')
  return {
    path: (name) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
