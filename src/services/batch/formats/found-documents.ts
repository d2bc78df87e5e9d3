import type { Found } from '../../../collections/candidate-index.ts'
import type { JudgeNote } from '../../judge/notes.ts'
import { type MatchDocument, toDocument } from '../../match/document.ts'
import { droppedFields, redactAll } from '../../match/redact.ts'
import { redactWarnings } from '../../match/redact-warnings.ts'

/** Members of a collection as a judge may read them, and what is to be said of that. */
interface ReadDocuments {
  readonly documents: readonly MatchDocument[]
  readonly notes: readonly JudgeNote[]
}

/** The documents of a row's matches as `/match` redacts them; as they are where the job asks for none of it. */
export async function readDocuments(
  found: readonly Found[],
  redact: readonly string[] | undefined,
): Promise<ReadDocuments> {
  const whole = found.map(toDocument)
  if (!redact) return { documents: whole, notes: [] }
  const dropped = droppedFields(redact)
  const documents = await redactAll(whole, dropped)
  const sentences = await redactWarnings(dropped, whole, 'none of the matches has it')
  return { documents, notes: sentences.map((sentence) => ({ kind: 'not_redacted', sentence })) }
}
