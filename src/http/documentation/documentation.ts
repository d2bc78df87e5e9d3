import { cohereDocumentation } from './cohere.ts'
import { matchDocumentation } from './match.ts'
import { nativeDocumentation } from './native.ts'
import { openAiDocumentation } from './openai.ts'
import type { Documentation } from './route-documentation.ts'
import { teiDocumentation } from './tei.ts'

/** Exactly the routes that are served. */
export const documentation: Documentation = {
  ...nativeDocumentation,
  ...matchDocumentation,
  ...openAiDocumentation,
  ...teiDocumentation,
  ...cohereDocumentation,
}
