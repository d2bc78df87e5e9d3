import * as v from 'valibot'
import {
  type CatalogGenerator,
  CHAT_FORMAT_NAMES,
  GENERATOR_RUNTIMES,
  GENERATOR_TASKS,
} from './generator-manifest.ts'
import { hex, parseAs, positive, record, relativePath, repo, unpinnedFile } from './manifest-file.ts'

const token = v.pipe(v.number(), v.integer(), v.minValue(0))
const canary = v.strictObject({
  prompt: v.pipe(v.array(token), v.minLength(1)),
  greedy: v.pipe(v.array(token), v.minLength(1)),
  firstTop: v.array(v.strictTuple([token, v.pipe(v.number(), v.maxValue(0))])),
})

const common = {
  id: v.pipe(v.string(), v.regex(/^[\w.-]+$/)),
  aliases: v.array(v.string()),
  task: v.literal('generate'),
  repo,
  tasks: v.pipe(v.array(v.picklist(GENERATOR_TASKS)), v.minLength(1)),
  contextTokens: positive,
  parameters: positive,
  chat: v.strictObject({
    format: v.picklist(CHAT_FORMAT_NAMES),
    variables: v.exactOptional(record(v.union([v.string(), v.number(), v.boolean()]))),
    answerStart: v.exactOptional(v.string()),
  }),
  license: v.pipe(v.string(), v.minLength(1)),
  languages: v.array(v.pipe(v.string(), v.regex(/^[a-z]{2}$/))),
  remarks: v.array(v.pipe(v.string(), v.minLength(1))),
  deprecated: v.exactOptional(v.strictObject({ reason: v.string(), replacement: v.string() })),
}

const local = {
  ...common,
  source: v.exactOptional(repo),
  revision: v.exactOptional(hex(40)),
  files: v.pipe(v.array(unpinnedFile), v.minLength(1)),
  canaries: v.array(canary),
}

const [gguf, seq2seq, remote] = GENERATOR_RUNTIMES

const ABSENT = 'expected every file that it names among its files'
const hasFiles = (files: readonly { readonly path: string }[], named: readonly string[]) =>
  named.every((path) => files.some((file) => file.path === path))

const ggufModel = v.pipe(
  v.strictObject({
    ...local,
    runtime: v.literal(gguf),
    weights: v.pipe(relativePath, v.endsWith('.gguf')),
  }),
  v.check(({ files, weights }) => hasFiles(files, [weights]), ABSENT),
)

const seq2seqModel = v.pipe(
  v.strictObject({
    ...local,
    runtime: v.literal(seq2seq),
    encoder: relativePath,
    decoder: relativePath,
    tokenizer: relativePath,
    config: relativePath,
  }),
  v.check(
    ({ files, encoder, decoder, tokenizer, config }) =>
      hasFiles(files, [encoder, decoder, tokenizer, config]),
    ABSENT,
  ),
  v.check(
    ({ chat }) => chat.format !== 'template',
    'expected a chat format by name, its files have no template',
  ),
)

const remoteModel = v.strictObject({
  ...common,
  runtime: v.literal(remote),
  remoteModel: v.exactOptional(v.string()),
})

/** What a catalog of language models is: a list, told apart by `runtime`. */
const generatorsSchema = v.array(v.variant('runtime', [ggufModel, seq2seqModel, remoteModel]))

/**
 * The language models of a JSON file.
 *
 * @param name how errors call the file
 * @throws AppError `invalid_request` that names the file and the first wrong field
 */
export function parseGenerators(text: string, name: string): CatalogGenerator[] {
  return parseAs(generatorsSchema, text, name)
}
