import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { AppError } from '../../../src/errors.ts'
import { describeGguf, type GgufDescription } from '../../../src/models/gguf/describe.ts'

/** As much as the header of any known model has: 15 MB, Gemma's. */
const MOST_HEADER_BYTES = 64 * 1024 * 1024

/**
 * What a GGUF file on this disk says of the model in it.
 *
 * @throws AppError `artifact_missing` for a file that cannot be read, `artifact_corrupt` for one that is damaged
 */
export function describeGgufFile(path: string): GgufDescription {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (cause) {
    throw new AppError(
      'artifact_missing',
      `There is no file ${path} that can be read; expected a GGUF file.`,
      {
        cause,
      },
    )
  }
  try {
    const stat = fstatSync(file)
    const { size } = stat
    if (!stat.isFile()) {
      throw new AppError('artifact_missing', `${path} is a folder; expected a GGUF file, such as one in it.`)
    }
    const start = Buffer.alloc(Math.min(size, MOST_HEADER_BYTES))
    readSync(file, start, 0, start.length, 0)
    return describeGguf(start, size)
  } finally {
    closeSync(file)
  }
}

/** What a file says of itself, in one line. */
export function summaryOf({
  architecture,
  quantization,
  parameters,
  contextTokens,
}: GgufDescription): string {
  return `${architecture}, ${quantization}, ${millions(parameters)}M numbers, ${contextTokens} tokens of context`
}

/** Whole millions; of a model that has fewer, as many digits as it takes. */
export function millions(parameters: number): string {
  return parameters < 1e6 ? (parameters / 1e6).toPrecision(2) : (parameters / 1e6).toFixed(0)
}
