import { join } from 'node:path'
import { AppError } from '../../../src/errors.ts'
import {
  type GeneratorManifest,
  toGeneratorManifest,
} from '../../../src/models/catalog/generator-manifest.ts'
import type { ManifestFile } from '../../../src/models/catalog/manifest.ts'
import type { WritableStore } from '../../../src/storage/store.ts'
import { planFile, pushFile } from '../push.ts'
import { type LocalGenerator, mainFileOf } from './book.ts'

/** Where to push to and from, and whether only to say what would be done. */
interface PushSettings {
  readonly store: WritableStore
  /** The folder that has the model's own. */
  readonly folder: string
  readonly dryRun: boolean
  readonly print: (line: string) => void
}

/** A file is sent from memory; Node reads no larger one at once. */
const MOST_BYTES = 2 ** 30

/**
 * Uploads the files of a language model that the store does not have with the same size and SHA-256, its main file last:
 * where that is, the rest is. The same server that finds the model in a folder finds it there.
 *
 * @throws AppError `artifact_missing` for a model that was never pulled, `artifact_corrupt` for a file that was changed,
 * `invalid_request` for one that is too large to be sent from here
 */
export async function pushGenerator(
  model: LocalGenerator,
  { store, folder, dryRun, print }: PushSettings,
): Promise<void> {
  const manifest = toGeneratorManifest(model)
  if (!manifest || manifest.runtime === 'remote') throw neverPulled(model)
  for (const file of mainLast(manifest, mainFileOf(model))) {
    const step = await planFile(manifest, file, store)
    const target = `${store.name}/${step.key}`
    if (!step.needed) print(`there already  ${target}`)
    else if (dryRun) print(`would upload   ${target}  ${file.bytes} bytes`)
    else {
      if (file.bytes > MOST_BYTES) throw tooLarge(model.id, join(folder, model.id, file.path), file, target)
      await pushFile(step, folder, store)
      print(`uploaded       ${target}  ${file.bytes} bytes`)
    }
  }
}

/** The refusal of a model that nothing is known of, or that is not here. */
export function neverPulled({ id }: LocalGenerator): AppError {
  return new AppError(
    'artifact_missing',
    `Model ${id} is not here, or was never pulled; run "npm run models -- pull ${id}" first.`,
    { details: { model: id } },
  )
}

function mainLast(
  { files }: Exclude<GeneratorManifest, { readonly runtime: 'remote' }>,
  main: string,
): readonly ManifestFile[] {
  return [...files.filter(({ path }) => path !== main), ...files.filter(({ path }) => path === main)]
}

function tooLarge(model: string, path: string, { bytes, sha256 }: ManifestFile, target: string): AppError {
  const copy = target.startsWith('s3:')
    ? `aws s3 cp ${path} ${target} --metadata sha256=${sha256}`
    : `cp ${path} ${target.replace(/^directory /, '')}`
  return new AppError(
    'invalid_request',
    `The file ${path} has ${bytes} bytes, and this command sends at most ${MOST_BYTES}; run: ${copy}`,
    { details: { model } },
  )
}
