import { readFileSync } from 'node:fs'
import { AppError } from '../../errors.ts'
import type { GeneratorManifest, Seq2SeqManifest } from '../catalog/generator-manifest.ts'
import type { Generator } from './generator.ts'
import type { GeneratorParts } from './parts.ts'

/** Bytes of memory for each byte of the ONNX files of a model, as for those that make vectors. */
const MEMORY_PER_BYTE = 2

/**
 * Opens a language model by the runtime that its manifest names, of which no other is loaded. The weights are loaded
 * with the first question.
 *
 * @throws AppError `runtime_missing` where the runtime is not installed or set, `invalid_request` for an endpoint that
 * may not be asked, and as `fileAt` does
 */
export async function openGenerator(manifest: GeneratorManifest, parts: GeneratorParts): Promise<Generator> {
  if (manifest.runtime === 'seq2seq') return openSeq2Seq(manifest, parts)
  if (manifest.runtime === 'gguf') {
    const { createGgufGenerator } = await import('./llama/gguf-generator.ts')
    return createGgufGenerator(manifest, parts)
  }
  const { openRemote } = await import('./open-remote.ts')
  return openRemote(manifest, parts.remote)
}

async function openSeq2Seq(manifest: Seq2SeqManifest, parts: GeneratorParts): Promise<Generator> {
  const { id: model, files, chat } = manifest
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (MEMORY_PER_BYTE * bytes > parts.availableBytes) throw tooLarge(model, MEMORY_PER_BYTE * bytes, parts)
  const { createSeq2SeqGenerator } = await import('./seq2seq/seq2seq.ts')
  const text = async (path: string) => readFileSync(await parts.fileAt(path), 'utf8')
  // The schema refuses a manifest of this runtime whose format is its file's own: it has none.
  if (chat.format === 'template') throw runtimeMissing(model, 'has no chat template in its files')
  return createSeq2SeqGenerator({
    model,
    format: chat.format,
    encoder: await parts.fileAt(manifest.encoder),
    decoder: await parts.fileAt(manifest.decoder),
    tokenizer: await text(manifest.tokenizer),
    config: await text(manifest.config),
    threads: parts.threads,
    queue: parts.queueLimit,
  })
}

function tooLarge(model: string, bytes: number, { availableBytes }: GeneratorParts): AppError {
  const megabytes = (count: number) => Math.ceil(count / 1_000_000)
  return new AppError(
    'model_too_large',
    `Model ${model} needs about ${megabytes(bytes)} MB of memory, and ${megabytes(availableBytes)} MB are available; give it more memory or choose a smaller model.`,
    { details: { model } },
  )
}

function runtimeMissing(model: string, problem: string): AppError {
  return new AppError('runtime_missing', `Model ${model} ${problem}.`, { details: { field: 'model', model } })
}
