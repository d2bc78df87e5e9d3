import { isPostgres } from './collections/postgres/place.ts'
import type { Reader } from './settings.ts'

/** Settings that do nothing by themselves, by what they need. QUEUE_CONCURRENCY is none: a chart gives it to all its pods. */
const IDLE_WITHOUT = {
  METRICS_PORT: ['METRICS_HOST'],
  QUEUE_URL: ['TRAIN_JOBS'],
  COLLECTIONS: ['COLLECTION_BUDGET_BYTES'],
  'COLLECTIONS=postgres://…': ['COLLECTIONS_PASSWORD', 'COLLECTIONS_PASSWORD_SOURCE'],
  GENERATE_ENDPOINT: [
    'GENERATE_ENDPOINT_ALLOW',
    'GENERATE_ENDPOINT_KEY',
    'GENERATE_ENDPOINT_KEY_SOURCE',
    'GENERATE_MODELS',
  ],
  JUDGE_MODEL: ['JUDGE_REPORT'],
}

/** Settings that have no effect because the one they need is not there, in sentences for the log of the start. */
export function describeIdle({ text }: Pick<Reader, 'text'>): string[] {
  return Object.entries(IDLE_WITHOUT).flatMap(([needed, idle]) => {
    const [name = '', form] = needed.split('=')
    const value = text(name)
    if (value !== undefined && (form === undefined || isPostgres(value))) return []
    return idle
      .filter((setting) => (text(setting) ?? 'false') !== 'false')
      .map(
        (setting) =>
          `The setting ${setting} does nothing without ${needed}; set that too, or unset ${setting}.`,
      )
  })
}
