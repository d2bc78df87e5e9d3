import { foldName } from '../../formats/column-names.ts'
import { ExactNumber } from '../../formats/exact-json.ts'
import { createTurns, inTurns, type Turns } from '../../turns.ts'
import { blankingContacts } from './contacts.ts'
import type { FieldValue, MatchDocument } from './document.ts'

/** The fields to drop, their names as `foldName` makes them. */
type Dropped = Pick<ReadonlySet<string>, 'has'>

/** The fields to drop, as `redact` names them, by their names as `foldName` makes them; true names none. */
export function droppedFields(redact: true | readonly string[]): ReadonlyMap<string, string> {
  return new Map(redact === true ? [] : redact.map((name) => [foldName(name), name]))
}

/**
 * A document without the named fields, however their names are written, and without contact details in the texts of the
 * others: what must not sway a match even when it stands in running text.
 */
export async function redactDocument(
  document: MatchDocument,
  dropped: Dropped,
  turns: Turns,
): Promise<MatchDocument> {
  return { ...document, fields: await inTurns(redactFields(document.fields, dropped), turns) }
}

/** Each document as {@link redactDocument} makes it; as they are where nothing is to be redacted. */
export async function redactAll(
  documents: readonly MatchDocument[],
  dropped: Dropped | undefined,
): Promise<readonly MatchDocument[]> {
  if (!dropped) return documents
  const turns = createTurns()
  const clean: MatchDocument[] = []
  for (const document of documents) clean.push(await redactDocument(document, dropped, turns))
  return clean
}

type Steps<Value> = Generator<undefined, Value>

function* redactFields(
  fields: Readonly<Record<string, FieldValue>>,
  dropped: Dropped,
): Steps<Record<string, FieldValue>> {
  const kept: [string, FieldValue][] = []
  for (const [name, value] of Object.entries(fields)) {
    if (!dropped.has(foldName(name))) kept.push([name, yield* redactValue(value, dropped)])
  }
  return Object.fromEntries(kept)
}

function* redactValue(value: FieldValue, dropped: Dropped): Steps<FieldValue> {
  if (typeof value === 'string') return yield* blankingContacts(value)
  if (isList(value)) {
    const items: FieldValue[] = []
    for (const item of value) items.push(yield* redactValue(item, dropped))
    return items
  }
  if (value instanceof ExactNumber) return value
  return typeof value === 'object' && value !== null ? yield* redactFields(value, dropped) : value
}

/** `Array.isArray` does not narrow a readonly list. */
function isList(value: FieldValue): value is readonly FieldValue[] {
  return Array.isArray(value)
}
