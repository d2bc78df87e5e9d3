import { AppError } from '../../errors.ts'
import type { GgufDescription } from './describe.ts'

/** What the runtime takes beside a model: measured 180 MB with node-llama-cpp 3.22.1. */
const RUNTIME_BYTES = 180_000_000
/** The file, mapped, and its tensors in the order in which the CPU's kernels read them: at most the file again. */
const FILE_COPIES = 2

/** What bounds a model in memory. */
interface MemoryBounds {
  /** For error messages. */
  readonly model: string
  /** Tokens of prompt and answer together; beyond the model's own maximum it counts as that. */
  readonly contextTokens: number
  /** Bytes that this process may take for models. */
  readonly availableBytes: number
}

/** Bytes of memory that a model takes with its cache, never less than was measured. */
export function memoryOf(
  {
    fileBytes,
    kvBytesPerToken,
    contextTokens,
  }: Pick<GgufDescription, 'fileBytes' | 'kvBytesPerToken' | 'contextTokens'>,
  asked: number,
): number {
  return RUNTIME_BYTES + FILE_COPIES * fileBytes + Math.min(asked, contextTokens) * kvBytesPerToken
}

/**
 * Refuses a model that cannot fit before any of it is loaded: the kernel would end the process otherwise.
 *
 * @throws AppError `model_too_large` with both numbers
 */
export function refuseTooLarge(
  described: Parameters<typeof memoryOf>[0],
  { model, contextTokens, availableBytes }: MemoryBounds,
): void {
  const bytes = memoryOf(described, contextTokens)
  if (bytes <= availableBytes) return
  const used = Math.min(contextTokens, described.contextTokens)
  throw new AppError(
    'model_too_large',
    `Model ${model} needs about ${megabytes(bytes)} MB of memory with a context of ${used} tokens, and ${megabytes(availableBytes)} MB are available; give it more memory, a shorter context or a smaller model.`,
    { details: { model } },
  )
}

const megabytes = (bytes: number) => Math.ceil(bytes / 1_000_000)
