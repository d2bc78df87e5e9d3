import { AppError } from '../../src/errors.ts'
import type { CatalogModel, ManifestFile, ModelPin, Unpinned } from '../../src/models/catalog/manifest.ts'
import type { HubListing } from './hub-listing.ts'
import type { Repository } from './repository.ts'

/** A file to fetch, with everything that is known to prove it. */
export interface PlannedFile {
  readonly path: string
  readonly bytes: number
  /** Known from the catalog, an earlier pull or the hub; a small file seen for the first time has none. */
  readonly sha256: string | undefined
  readonly gitBlob: string
}

/** What a pull of one model fetches. */
export interface PullPlan {
  readonly revision: string
  readonly files: readonly PlannedFile[]
  /** The model's own files that no hub has: they are made here, or by hand. */
  readonly made: readonly Unpinned<ManifestFile>[]
}

/**
 * What to fetch of a model, given what its repository at `revision`, or a folder, has.
 *
 * @param heads paths of the Dense layers that the repository itself names
 * @throws AppError `artifact_missing` for a file that the repository lacks, `artifact_corrupt` for one that is not
 * the one that the catalog or an earlier pull knows
 */
export function planPull(
  model: CatalogModel,
  pin: ModelPin | undefined,
  revision: string,
  { files: listings, place }: Pick<Repository, 'files' | 'place'>,
  heads: readonly string[] = [],
): PullPlan {
  const known = new Map((pin?.revision === revision ? pin.files : []).map((file) => [file.path, file]))
  const { graphFrom } = model
  const isListed = (path: string) => listings.some((listing) => listing.path === path)
  const isMade = (path: string) =>
    graphFrom !== undefined && (path === model.graph || (graphFrom.kind === 'export' && !isListed(path)))
  const wanted: Unpinned<ManifestFile>[] = model.files
    .filter(({ path }) => !isMade(path))
    .map((file) => ({ ...known.get(file.path), ...file }))
  if (graphFrom?.kind === 'model2vec') wanted.push(graphFrom)
  wanted.push(...heads.map((path) => known.get(path) ?? { path }))
  return {
    revision,
    files: wanted.map((file) => planFile(model, file, listings, place)),
    made: model.files
      .filter(({ path }) => isMade(path))
      .map((file) => ({ ...known.get(file.path), ...file })),
  }
}

/**
 * One file of a plan, held against the catalog, an earlier pin and what its place lists.
 *
 * @throws AppError as {@link planPull}
 */
export function planFile(
  model: Pick<CatalogModel, 'id'>,
  file: Unpinned<ManifestFile>,
  listings: readonly HubListing[],
  place: string,
): PlannedFile {
  const listed = listings.find(({ path }) => path === file.path)
  if (!listed) throw notInRepository(model, file.path, listings, place)
  refuseDifference(model, file, 'bytes', listed.bytes, place)
  refuseDifference(model, file, 'sha256', listed.sha256, place)
  return { ...listed, sha256: file.sha256 ?? listed.sha256 }
}

function refuseDifference(
  { id }: Pick<CatalogModel, 'id'>,
  file: Unpinned<ManifestFile>,
  field: 'bytes' | 'sha256',
  got: number | string | undefined,
  place: string,
): void {
  const expected = file[field]
  if (expected === undefined || got === undefined || expected === got) return
  throw new AppError(
    'artifact_corrupt',
    `${file.path} of the ${place} is not the one that model ${id} was pinned with: expected ${field} ${expected}, got ${got}; find out why before you remove the pin.`,
    { details: { model: id, path: file.path, expected, got } },
  )
}

function notInRepository(
  { id }: Pick<CatalogModel, 'id'>,
  path: string,
  listings: readonly HubListing[],
  place: string,
): AppError {
  const graphs = listings.filter((file) => file.path.endsWith('.onnx')).map((file) => file.path)
  const others = graphs.length > 0 ? `it has ${graphs.join(', ')}` : 'it has no .onnx file at all'
  return new AppError(
    'artifact_missing',
    `The ${place} has no ${path}, which model ${id} needs; ${others}; correct the catalog.`,
    { details: { model: id, path } },
  )
}
