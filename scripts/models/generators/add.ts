import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { AppError } from '../../../src/errors.ts'
import { parseGenerators } from '../../../src/models/catalog/generator-file.ts'
import type { CatalogGenerator } from '../../../src/models/catalog/generator-manifest.ts'
import { parseCatalog } from '../../../src/models/catalog/manifest-file.ts'
import { sha256Of } from '../describe-file.ts'
import { readFields } from '../fields.ts'
import { LOCAL } from '../folder.ts'
import { sha256OfFile } from '../hash-file.ts'
import type { ModelCommandSettings } from '../settings.ts'
import { describeGgufFile, summaryOf } from './describe.ts'

/** Qwen3-Reranker's, the only kind of ranking model that was proven here; its file has a template for pairs alone. */
const RANKER_CHAT = { format: 'chatml', answerStart: '<think>\n\n</think>\n\n' } as const

/**
 * Describes a GGUF file in the catalog of language models, by what its header says; `--set` says what it leaves open.
 *
 * @throws AppError `artifact_corrupt` for a damaged file, `invalid_request` that says what is left open
 */
export function addGgufFile(path: string, settings: ModelCommandSettings): void {
  const { generators: catalog, print } = settings
  if (catalog === undefined) {
    throw new AppError(
      'invalid_request',
      'There is no catalog of language models to add to; name one with --generators.',
    )
  }
  const described = describeGgufFile(path)
  if (!path.endsWith('.gguf')) throw otherName(path)
  const file = { path: basename(path), bytes: described.fileBytes, sha256: sha256OfFile(path) }
  const id = settings.id ?? basename(path, '.gguf')
  if (!/^[\w.-]+$/.test(id)) throw noId(id)
  const set = readFields(settings.set ?? [])
  if (described.chatTemplate === undefined && !described.ranks && !('chat' in set))
    throw withoutTemplate(path)
  const model = {
    id,
    aliases: [],
    task: 'generate',
    runtime: 'gguf',
    repo: `${LOCAL}${id}`,
    revision: sha256Of(`${file.sha256}  ${file.path}\n`).slice(0, 40),
    tasks: described.ranks ? ['judge'] : ['chat', 'judge'],
    contextTokens: described.contextTokens,
    parameters: described.parameters,
    chat: described.chatTemplate === undefined ? RANKER_CHAT : { format: 'template' },
    license: described.license ?? 'unknown',
    languages: [],
    remarks: [`Described from the header of ${file.path}: ${summaryOf(described)}.`],
    files: [file],
    weights: file.path,
    canaries: [],
    ...set,
  }
  appendTo(catalog, model, namesIn(settings.catalog))
  print(`${id} is in ${catalog}: ${summaryOf(described)}, licence ${model.license}.`)
  print(`Pull it with "npm run models -- pull ${id} --from ${dirname(path)}".`)
}

/** Behind the others, which stay as they are written. */
function appendTo(catalog: string, model: { readonly id: string }, taken: readonly string[]): void {
  const before = existsSync(catalog) ? readFileSync(catalog, 'utf8').trimEnd() : '[]'
  const known: CatalogGenerator[] = parseGenerators(before, catalog)
  const names = [...taken, ...known.flatMap(({ id, aliases }) => [id, ...aliases])]
  const name = names.find((one) => one.toLowerCase() === model.id.toLowerCase())
  if (name !== undefined) {
    throw new AppError('invalid_request', `The catalog has a model ${name} already; choose another --id.`)
  }
  const entry = JSON.stringify(model, null, 2).replace(/^/gm, '  ')
  const text = `${before.slice(0, -1).trimEnd()}${known.length > 0 ? ',' : ''}\n${entry}\n]\n`
  // What is written must be readable again.
  parseGenerators(text, catalog)
  writeFileSync(catalog, text)
}

/** Names of models that make vectors or scores: one name is one model. */
function namesIn(catalog: string): string[] {
  if (!existsSync(catalog)) return []
  return parseCatalog(readFileSync(catalog, 'utf8'), catalog).flatMap(({ id, aliases }) => [id, ...aliases])
}

function otherName(path: string): AppError {
  const message = `${path} is a GGUF file by another name; rename it, so that it ends with .gguf.`
  return new AppError('invalid_request', message)
}

function noId(id: string): AppError {
  return new AppError(
    'invalid_request',
    `The name ${JSON.stringify(id)} is no id; name one with --id, of Latin letters, digits, dots, hyphens and underscores.`,
  )
}

function withoutTemplate(path: string): AppError {
  return new AppError(
    'invalid_request',
    `${path} has no chat template, so nothing says how its model is spoken to; say it: --set 'chat={"format":"chatml"}' (or gemma, dialogpt, chatglm2, baichuan2).`,
  )
}
