import { isRecord } from '../is-record.ts'

/** Who sends events on a schedule: EventBridge's rules and its Scheduler, and the plugin of the Serverless Framework. */
const SOURCES: ReadonlySet<unknown> = new Set(['aws.events', 'aws.scheduler', 'serverless-plugin-warmup'])
/** What those who keep functions warm by hand send as true, as lambda-warmer does. */
const MARKS = ['warmer', 'warmup'] as const

/** Whether an event only keeps the function warm: it asks for no text, and is no mistake of anybody. */
export function isWarmUp(event: unknown): boolean {
  if (!isRecord(event)) return false
  if (event.source === 'aws.events') return event['detail-type'] === 'Scheduled Event'
  return SOURCES.has(event.source) || MARKS.some((mark) => event[mark] === true)
}
