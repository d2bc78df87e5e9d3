import * as v from 'valibot'
import { AppError } from '../../errors.ts'
import { ADAPTER_FILE, FOLDER_ID, isAdapted, MOST_ADAPTER_HEADER_BYTES } from './learned.ts'
import type { Manifest } from './manifest.ts'
import { manifestSchema } from './manifest-file.ts'

/** A manifest is some kilobytes: a longer file is refused before it is parsed. */
export const MOST_MANIFEST_BYTES = 1 << 20
const MOST_FILES = 64
const MOST_DIMENSIONS = 8192
const MOST_COUNTS = 64

const folderId = v.pipe(v.string(), v.regex(FOLDER_ID))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const counts = v.pipe(
  v.record(v.string(), count),
  v.check((found) => Object.keys(found).length <= MOST_COUNTS, `Expected at most ${MOST_COUNTS} counts`),
)

const learned = v.strictObject({
  side: v.picklist(['table', 'query', 'both', 'distilled']),
  base: folderId,
  revision: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}(\+lowercase)?$/)),
  data: v.strictObject({ sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), counts }),
  date: v.pipe(v.string(), v.isoDate()),
  forced: v.exactOptional(v.literal(true)),
  report: v.exactOptional(v.string()),
})

const folderManifest = v.strictObject({
  ...manifestSchema.entries,
  id: folderId,
  // A model that was learned takes no name but its own: which one a name leads to is the operator's to say.
  aliases: v.pipe(v.array(v.string()), v.maxLength(0)),
  dimensions: v.pipe(manifestSchema.entries.dimensions, v.maxValue(MOST_DIMENSIONS)),
  files: v.pipe(manifestSchema.entries.files, v.maxLength(MOST_FILES)),
  learned: v.exactOptional(learned),
})

/**
 * The manifest of a model in a folder of its own, checked like an entry of the catalog: what it names stays below that
 * folder and its base's, and what it announces is bounded before anything of it is read.
 *
 * @param id the name of the folder
 * @param place how errors call the file
 * @throws AppError `artifact_corrupt` that names the file and the first wrong field
 */
export function parseFolderManifest(text: string, id: string, place: string): Manifest {
  if (text.length > MOST_MANIFEST_BYTES) {
    throw wrong(place, `has ${text.length} characters; expected at most ${MOST_MANIFEST_BYTES}`)
  }
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), folderManifest), text, { abortEarly: true })
  if (!result.success) {
    const [issue] = result.issues
    throw wrong(place, `is wrong at ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message.slice(0, 300)}`)
  }
  const manifest: Manifest = result.output
  if (manifest.id !== id)
    throw wrong(place, `is of model ${manifest.id}; expected ${id}, as its folder is called`)
  const problem = fileProblem(manifest) ?? adapterProblem(manifest)
  if (problem !== undefined) throw wrong(place, problem)
  return manifest
}

/** What a manifest says of its files must hold together. */
function fileProblem({ files, graph, tokenizer, learned, heads = {} }: Manifest): string | undefined {
  const paths = new Set(files.map(({ path }) => path))
  if (paths.size < files.length) return 'lists a file twice'
  const named = [
    graph,
    tokenizer,
    ...(learned?.report ? [learned.report] : []),
    ...Object.values(heads).map(({ path }) => path),
  ]
  const absent = named.find((path) => !paths.has(path))
  return absent === undefined ? undefined : `names the file ${absent}, which is not among its files`
}

function adapterProblem(manifest: Manifest): string | undefined {
  const { id, files, dimensions, task, learned } = manifest
  const file = files.find(({ path }) => path === ADAPTER_FILE)
  if (!isAdapted(manifest)) {
    return file && `has a file ${ADAPTER_FILE} and no learned side that it is for; expected query or both`
  }
  if (!file) return `has no file ${ADAPTER_FILE}, which side ${learned!.side} needs`
  if (task !== 'embed') return `is made to ${task}; expected embed of what adapts vectors`
  if (learned!.base === id) return 'names itself as its base'
  const numbers = 4 * dimensions * dimensions
  if (file.bytes > numbers && file.bytes <= numbers + MOST_ADAPTER_HEADER_BYTES) return undefined
  return `has ${file.bytes} bytes of ${ADAPTER_FILE}; expected ${numbers} for ${dimensions} × ${dimensions} numbers, and a header of at most ${MOST_ADAPTER_HEADER_BYTES}`
}

function wrong(place: string, problem: string): AppError {
  return new AppError('artifact_corrupt', `${place} ${problem}; correct it, or learn the model again.`, {
    retryable: false,
  })
}
