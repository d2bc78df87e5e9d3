import type { CatalogGenerator } from '../../../src/models/catalog/generator-manifest.ts'
import { toGeneratorManifest } from '../../../src/models/catalog/generator-manifest.ts'
import { formatTable } from '../../console/table.ts'
import { millions } from './describe.ts'

/** A language model and the folder that has it, if any. */
interface ListedGenerator {
  readonly model: CatalogGenerator
  readonly place: string | undefined
}

const HEAD = ['language model', 'for', 'runs by', 'context', 'languages', 'licence', 'size', 'found in']
/** More are shown by their number. */
const MOST_LANGUAGES = 4

/** The language models as a table, and under it what is to be known of each before it is chosen. */
export function describeGenerators(models: readonly ListedGenerator[]): string {
  const rows = models.map(({ model, place }) => [
    describeId(model),
    model.tasks.join(' '),
    model.runtime,
    String(model.contextTokens),
    model.languages.length > MOST_LANGUAGES
      ? `${model.languages.length} languages`
      : model.languages.join(' '),
    model.license,
    describeSize(model),
    describePlace(place, model),
  ])
  const remarks = models.map(({ model: { id, remarks: said } }) => `  ${id}: ${said.join(' ')}`)
  return [formatTable([HEAD, ...rows]), '', 'Before you choose a language model:', ...remarks].join('\n')
}

function describeId({ id, aliases, deprecated }: CatalogGenerator): string {
  const names = [id, ...aliases.map((alias) => `= ${alias}`)].join(' ')
  return deprecated ? `${names} (use ${deprecated.replacement})` : names
}

/** Of all its files where they are known, else how many numbers were learned. */
function describeSize(model: CatalogGenerator): string {
  const learned = `${millions(model.parameters)}M numbers`
  if (model.runtime === 'remote') return learned
  let bytes = 0
  for (const file of model.files) {
    if (file.bytes === undefined) return learned
    bytes += file.bytes
  }
  return `${(bytes / 1e6).toFixed(1)} MB`
}

function describePlace(place: string | undefined, model: CatalogGenerator): string {
  if (model.runtime === 'remote') return 'another server'
  if (place === undefined) return ''
  return toGeneratorManifest(model) ? place : `${place}, never pulled`
}
