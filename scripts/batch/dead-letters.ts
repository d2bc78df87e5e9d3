import { createContext } from '../../src/context.ts'
import { type CreatedObject, readCreatedObjects } from '../../src/lambda/batch-event.ts'
import { isTaken } from '../../src/services/batch/plan/identify.ts'
import { isInput } from '../../src/services/batch/plan/job-keys.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { executionOf } from './jobs.ts'

const context = createContext({ requestId: 'command-line' })

/**
 * Begins the files of dead letters that nothing has begun: EventBridge could not start the state machine, or was off.
 * In the queue their messages would wait for it again.
 *
 * @param start starts an execution with this input, and answers its ARN
 * @param say told one sentence for each file
 * @returns whether the letter with this text is dealt with; false where the queue has to have it
 */
export function beginnerOf(
  store: WritableStore,
  bucket: string,
  start: (input: string) => Promise<string>,
  say: (line: string) => void,
): (letter: string) => Promise<boolean> {
  const begun = new Set<string>()
  return async (letter) => {
    const created = objectOf(letter)
    if (created?.bucket !== bucket || created.job !== undefined || !isInput(created.key)) return false
    const { key, versionId } = created
    const version = versionId ?? (await store.stat(key, context))?.etag
    if (version === undefined || (await isTaken(store, key, version, context))) return false
    const name = `${key} ${version}`
    // S3 and EventBridge may both have told of it.
    if (begun.has(name)) return true
    say(
      `${key} had not begun: ${await start(await executionOf(store, bucket, { key, versionId }))} was started`,
    )
    begun.add(name)
    return true
  }
}

/** The object that a letter tells of; none where it is no event, or one of several objects. */
function objectOf(letter: string): CreatedObject | undefined {
  try {
    const [created, ...more] = readCreatedObjects(letter)
    return more.length === 0 ? created : undefined
  } catch {
    return undefined
  }
}
