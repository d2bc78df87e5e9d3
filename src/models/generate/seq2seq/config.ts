import * as v from 'valibot'
import { AppError } from '../../../errors.ts'

/** What the configuration of an encoder-decoder says that its graphs do not. */
export interface Seq2SeqConfig {
  /** The token that every answer begins behind. */
  readonly start: number
  /** The token that ends an answer, and a question. */
  readonly end: number
  /** Tokens of a question, and of an answer: each has positions of its own. */
  readonly positions: number
  readonly heads: number
  /** Numbers of a head's key. */
  readonly headWidth: number
}

const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))

const schema = v.object({
  decoder_start_token_id: whole(0, 1 << 24),
  eos_token_id: whole(0, 1 << 24),
  max_position_embeddings: whole(1, 1 << 16),
  d_model: whole(1, 1 << 16),
  decoder_attention_heads: whole(1, 1 << 10),
})

/**
 * Reads a config.json as the transformers library writes it.
 *
 * @throws AppError `artifact_corrupt` that names the first wrong field
 */
export function readSeq2SeqConfig(text: string, model: string): Seq2SeqConfig {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text, { abortEarly: true })
  if (!result.success) {
    const [issue] = result.issues
    throw wrong(model, `is wrong at ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message.slice(0, 200)}`)
  }
  const { d_model, decoder_attention_heads: heads, ...found } = result.output
  if (d_model % heads !== 0) throw wrong(model, `divides a width of ${d_model} among ${heads} heads`)
  return {
    start: found.decoder_start_token_id,
    end: found.eos_token_id,
    positions: found.max_position_embeddings,
    heads,
    headWidth: d_model / heads,
  }
}

function wrong(model: string, problem: string): AppError {
  return new AppError(
    'artifact_corrupt',
    `The config.json of model ${model} ${problem}; fetch the model again.`,
    { details: { model }, retryable: false },
  )
}
