import { describe, expect, it } from 'vitest'
import { median, type SourceFile, sourceFiles } from './source.ts'

const product = ['src', 'functions'].flatMap(sourceFiles)
const everything = [...product, ...sourceFiles('scripts'), ...sourceFiles('test')]

/** Floors from the ground up; a file imports from its own folder and from floors below. */
const FLOORS: readonly (readonly string[])[] = [
  [
    'src/errors.ts',
    'src/is-record.ts',
    'src/metrics.ts',
    'src/context.ts',
    'src/nearest.ts',
    'src/once.ts',
    'src/lanes.ts',
    'src/turns.ts',
    'src/field-names.ts',
    'src/misspelled.ts',
    'src/signals.ts',
    'src/lost-log.ts',
  ],
  ['src/vector', 'src/ranking', 'src/formats'],
  ['src/storage', 'src/page'],
  ['src/page/view'],
  ['src/models/catalog', 'src/models/gguf'],
  ['src/models/files', 'src/tokenizer/file'],
  ['src/tokenizer/window'],
  ['src/tokenizer/word-piece', 'src/tokenizer/unigram'],
  ['src/tokenizer'],
  ['src/models/runtime'],
  ['src/models/encode', 'src/models/generate'],
  ['src/models/engine'],
  ['src/models/threads', 'src/collections', 'src/learning'],
  ['src/services'],
  ['src/services/batch/plan'],
  ['src/services/batch/rows'],
  ['src/services/batch/formats'],
  ['src/services/batch/work'],
  ['src/services/batch'],
  ['src/services/batches', 'src/services/train'],
  [
    'src/http',
    'src/serving',
    'src/config.ts',
    'src/idle-settings.ts',
    'src/judge-report.ts',
    'src/judge-settings.ts',
    'src/server-settings.ts',
    'src/settings.ts',
    'src/app.ts',
    'src/batch-app.ts',
    'src/collection-places.ts',
    'src/hosted-app.ts',
    'src/additions.ts',
    'src/generate-app.ts',
    'src/generate-models.ts',
    'src/generate-open.ts',
    'src/match-app.ts',
    'src/remote-judges.ts',
    'src/generate-settings.ts',
    'src/secret-settings.ts',
    'src/server-app.ts',
    'src/model-stores.ts',
    'src/train-app.ts',
    'src/emf.ts',
    'src/log.ts',
    'src/server.ts',
    'src/page-files.ts',
    'src/lambda',
    'src/queue',
    'functions',
  ],
]

/** Imports within a floor that are allowed all the same. */
const EXCEPTIONS = new Set([
  'src/ranking → src/vector',
  'src/context.ts → src/errors.ts',
  'src/lanes.ts → src/context.ts',
  'src/field-names.ts → src/errors.ts',
  'src/lanes.ts → src/errors.ts',
  'src/context.ts → src/metrics.ts',
  'src/metrics.ts → src/errors.ts',
  'src/additions.ts → src/http',
  'src/app.ts → src/additions.ts',
  'src/hosted-app.ts → src/additions.ts',
  'src/generate-app.ts → src/additions.ts',
  'src/generate-app.ts → src/config.ts',
  'src/generate-app.ts → src/generate-models.ts',
  'src/generate-app.ts → src/generate-open.ts',
  'src/generate-open.ts → src/config.ts',
  'src/generate-open.ts → src/generate-models.ts',
  'src/batch-app.ts → src/generate-open.ts',
  'src/batch-app.ts → src/judge-settings.ts',
  'src/batch-app.ts → src/remote-judges.ts',
  'src/judge-report.ts → src/judge-settings.ts',
  'functions → src/judge-report.ts',
  'src/match-app.ts → src/app.ts',
  'src/match-app.ts → src/config.ts',
  'src/match-app.ts → src/remote-judges.ts',
  'src/remote-judges.ts → src/config.ts',
  'src/remote-judges.ts → src/generate-models.ts',
  'src/server-app.ts → src/judge-settings.ts',
  'functions → src/match-app.ts',
  'src/generate-app.ts → src/http',
  'src/generate-models.ts → src/config.ts',
  'src/generate-settings.ts → src/secret-settings.ts',
  'src/generate-settings.ts → src/settings.ts',
  'src/secret-settings.ts → src/settings.ts',
  'src/config.ts → src/generate-settings.ts',
  'src/config.ts → src/secret-settings.ts',
  'src/server-app.ts → src/additions.ts',
  'src/server-app.ts → src/app.ts',
  'src/server-app.ts → src/config.ts',
  'src/server-app.ts → src/generate-app.ts',
  'src/server-app.ts → src/hosted-app.ts',
  'src/server-app.ts → src/log.ts',
  'functions → src/server-app.ts',
  'src/app.ts → src/http',
  'src/batch-app.ts → src/app.ts',
  'src/app.ts → src/collection-places.ts',
  'src/batch-app.ts → src/collection-places.ts',
  'src/collection-places.ts → src/config.ts',
  'src/hosted-app.ts → src/app.ts',
  'src/hosted-app.ts → src/config.ts',
  'src/hosted-app.ts → src/model-stores.ts',
  'src/model-stores.ts → src/config.ts',
  'src/train-app.ts → src/app.ts',
  'src/train-app.ts → src/batch-app.ts',
  'src/train-app.ts → src/config.ts',
  'src/train-app.ts → src/model-stores.ts',
  'src/queue → src/train-app.ts',
  'functions → src/train-app.ts',
  'functions → src/generate-app.ts',
  'src/hosted-app.ts → src/http',
  'src/batch-app.ts → src/config.ts',
  'src/batch-app.ts → src/http',
  'functions → src/batch-app.ts',
  'src/app.ts → src/log.ts',
  'src/log.ts → src/http',
  'src/app.ts → src/config.ts',
  'src/app.ts → src/judge-settings.ts',
  'src/config.ts → src/idle-settings.ts',
  'src/idle-settings.ts → src/settings.ts',
  'src/config.ts → src/judge-settings.ts',
  'src/judge-settings.ts → src/settings.ts',
  'src/config.ts → src/settings.ts',
  'src/config.ts → src/server-settings.ts',
  'src/server-settings.ts → src/settings.ts',
  'src/server-settings.ts → src/http',
  'src/serving → src/http',
  'src/serving → src/emf.ts',
  'src/server.ts → src/server-settings.ts',
  'src/server.ts → src/serving',
  'src/server.ts → src/log.ts',
  'src/server.ts → src/app.ts',
  'src/server.ts → src/http',
  'src/server.ts → src/page-files.ts',
  'src/lambda → src/http',
  'src/lambda → src/emf.ts',
  'functions → src/app.ts',
  'functions → src/server.ts',
  'functions → src/page-files.ts',
  'functions → src/serving',
  'functions → src/lambda',
  'functions → src/queue',
  'src/queue → src/batch-app.ts',
  'src/queue → src/config.ts',
  'src/queue → src/lambda',
  'src/queue → src/log.ts',
  'src/queue → src/server-settings.ts',
  'src/queue → src/serving',
  'functions → src/config.ts',
  'functions → src/emf.ts',
  'functions → src/log.ts',
])

/** Heavy libraries, each with the one file that may import it, or the one that loads another one that does. */
const HEAVY: Readonly<Record<string, string>> = {
  'onnxruntime-node': 'src/models/runtime/onnx-runtime.ts',
  '@huggingface/jinja': 'src/models/generate/chat-template.ts',
  '@huggingface/tokenizers': 'src/tokenizer/window/library-subwords.ts',
  fzstd: 'src/formats/zstd.ts',
  'xxhash-wasm': 'src/formats/zstd.ts',
  'hyparquet-compressors': 'src/formats/parquet/source.ts',
  'hyparquet-writer': 'src/formats/parquet/file.ts',
  '@aws-sdk/client-s3': 'src/storage/s3.ts src/storage/s3-writes.ts',
  '@aws-sdk/client-sqs': 'src/lambda/sqs.ts src/queue/sqs-queue.ts',
  '@aws-sdk/client-s3vectors': 'src/collections/s3vectors/client.ts',
  postgres: 'src/collections/postgres/client.ts',
  'prom-client': 'src/serving/prometheus.ts',
}

/** The innermost room that a file lies in. */
const roomOf = (path: string) =>
  FLOORS.flat()
    .filter((room) => path === room || path.startsWith(`${room}/`))
    .sort((one, other) => other.length - one.length)[0]
const floorOf = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room))

function climbs(file: SourceFile): string[] {
  const from = roomOf(file.path)
  if (!from) return [`${file.path} is in no room of the house`]
  return file.imports.flatMap((target) => {
    const to = roomOf(target)
    if (!to || to === from || floorOf(to) < floorOf(from) || EXCEPTIONS.has(`${from} → ${to}`)) return []
    return [`${file.path} → ${target}`]
  })
}

describe('the house', () => {
  it('imports only point down', () => {
    expect(product.flatMap(climbs)).toEqual([])
  })

  it('lists no exception that no import needs', () => {
    const used = new Set(
      product.flatMap((file) => file.imports.map((target) => `${roomOf(file.path)} → ${roomOf(target)}`)),
    )
    expect([...EXCEPTIONS].filter((exception) => !used.has(exception))).toEqual([])
    const between = [...EXCEPTIONS].filter((exception) => {
      const [from, to] = exception.split(' → ') as [string, string]
      return floorOf(to) < floorOf(from)
    })
    expect(between).toEqual([])
  })

  it('imports each heavy library in one file', () => {
    const strays = product.flatMap((file) =>
      file.imports
        .filter((target) => HEAVY[target] && !HEAVY[target].split(' ').includes(file.path))
        .map((target) => [file.path, target]),
    )
    expect(strays).toEqual([])
  })

  it('names the runtime of language models in the one file that loads it, which one door alone reaches', () => {
    const named = product.filter(({ text }) => text.includes("'node-llama-cpp'")).map(({ path }) => path)
    expect(named).toEqual(['src/models/generate/llama/llama-runtime.ts'])
    const users = product.filter(({ imports }) => imports.includes(named[0]!)).map(({ path }) => path)
    expect(users).toEqual(['functions/llama.ts'])
  })

  it('reads the environment in src/config.ts alone; runtimes are told there to keep quiet, and of a home', () => {
    const users = product.filter((file) => /\bprocess\.env\b/.test(file.text)).map((file) => file.path)
    expect(users.sort()).toEqual([
      'src/config.ts',
      'src/models/generate/llama/llama-runtime.ts',
      'src/models/runtime/onnx-runtime.ts',
    ])
  })

  it('keeps files at 300 lines or fewer, half of them at 120', () => {
    expect(everything.filter((file) => file.lines > 300).map((file) => file.path)).toEqual([])
    expect(median(everything.map((file) => file.lines))).toBeLessThanOrEqual(120)
  })

  it('keeps functions at 60 lines or fewer, half of them at 12', () => {
    const functions = product.flatMap((file) =>
      file.functions.map((entry) => ({ path: file.path, ...entry })),
    )
    expect(functions.filter((entry) => entry.lines > 60)).toEqual([])
    expect(median(functions.map((entry) => entry.lines))).toBeLessThanOrEqual(12)
  })

  it('keeps each door at 40 lines or fewer', () => {
    const doors = product.filter((file) => file.path.startsWith('functions/'))
    expect(doors.filter((file) => file.lines > 40).map((file) => file.path)).toEqual([])
  })

  it('documents every export', () => {
    expect(product.flatMap((file) => file.undocumented.map((name) => `${file.path}: ${name}`))).toEqual([])
  })

  it('has no any, no forced cast, no ignored error, no utils', () => {
    const banned = /\bas unknown as\b|@ts-ignore|@ts-expect-error|: any\b|\bas any\b/
    expect(product.filter((file) => banned.test(file.text)).map((file) => file.path)).toEqual([])
    expect(everything.filter((file) => /\butils?\b/.test(file.path)).map((file) => file.path)).toEqual([])
  })
})
