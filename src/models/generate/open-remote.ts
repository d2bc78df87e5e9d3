import { AppError } from '../../errors.ts'
import type { GeneratorManifest } from '../catalog/generator-manifest.ts'
import type { Generator } from './generator.ts'
import type { GeneratorParts } from './parts.ts'
import { createRemoteGenerator } from './remote.ts'

/** A model that another server has. */
export type RemoteModel = Extract<GeneratorManifest, { readonly runtime: 'remote' }>

/**
 * Opens a model of another server, which is not asked before the first question.
 *
 * @throws AppError `runtime_missing` where no server is set, `invalid_request` for one that may not be asked, and as the
 * reading of its key does
 */
export async function openRemote(
  { id, remoteModel, repo, contextTokens }: RemoteModel,
  remote: GeneratorParts['remote'],
): Promise<Generator> {
  if (!remote) {
    throw new AppError(
      'runtime_missing',
      `Model ${id} runs on another server; set GENERATE_ENDPOINT to it.`,
      { details: { field: 'model', model: id } },
    )
  }
  const { endpoint, allow } = remote
  const key = await remote.key?.()
  return createRemoteGenerator({
    model: id,
    remoteModel: remoteModel ?? repo,
    endpoint,
    allow,
    key,
    contextTokens,
  })
}
