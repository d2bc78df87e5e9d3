import { toManifest } from '../../src/models/catalog/lock.ts'
import type { CatalogModel, Manifest } from '../../src/models/catalog/manifest.ts'
import { formatTable } from '../console/table.ts'

/** A model with what a list shows of it beside its catalog entry. */
interface ListedModel {
  readonly model: CatalogModel & Pick<Manifest, 'learned'>
  /** Every alias that leads to it. */
  readonly aliases: readonly string[]
  /** The folder that has it, if any. */
  readonly place: string | undefined
}

const HEAD = ['id', 'aliases', 'task', 'dimensions', 'tokens', 'languages', 'licence', 'size', 'found in']
/** More are shown by their number. */
const MOST_LANGUAGES = 4

/** The models as a table; a deprecated one names its replacement. */
export function describeModels(models: readonly ListedModel[]): string {
  const rows = models.map(({ model, aliases, place }) => [
    describeId(model),
    aliases.join(' '),
    model.task,
    model.task === 'embed' ? String(model.dimensions) : '',
    model.maxTokens === undefined ? '?' : String(model.maxTokens),
    describeLanguages(model.languages),
    model.license,
    describeSize(model),
    describePlace(place, model),
  ])
  return formatTable([HEAD, ...rows])
}

/** A deprecated model names its replacement, a learned one its base, and that it was written against its report. */
function describeId({ id, deprecated, learned }: ListedModel['model']): string {
  if (deprecated) return `${id} (use ${deprecated.replacement})`
  return learned ? `${id} (learned on ${learned.base}${learned.forced ? ', forced' : ''})` : id
}

/** What lies in a folder without a pin is not served: nothing proves that it is the model. */
function describePlace(place: string | undefined, model: CatalogModel): string {
  if (place === undefined) return ''
  return toManifest(model) ? place : `${place}, never pulled`
}

function describeLanguages(languages: readonly string[]): string {
  return languages.length > MOST_LANGUAGES ? `${languages.length} languages` : languages.join(' ')
}

/** Of all its files; `?` before the first pull of a model whose sizes are not known. */
function describeSize({ files, precision }: CatalogModel): string {
  let bytes = 0
  for (const file of files) {
    if (file.bytes === undefined) return `? ${precision}`
    bytes += file.bytes
  }
  return `${(bytes / 1e6).toFixed(1)} MB ${precision}`
}
