import { expect, it } from 'vitest'
import { statusOf } from '../../scripts/batch/jobs.ts'
import { openQueue } from '../../scripts/batch/queue.ts'
import { createContext } from '../../src/context.ts'
import { readCreatedObjects } from '../../src/lambda/batch-event.ts'
import { createBucket, createTestBatch } from '../support/batch-service.ts'
import { openSqs } from '../support/sqs-server.ts'

const KEY = 'input/two words/护士+.jsonl'

it('a failed job goes on when its object is announced again, also in a bucket that keeps versions', async () => {
  const settings = (text: string) => ({ [KEY]: '{"text":"a"}\n', [`${KEY}.job.json`]: text })
  const { store } = createBucket(settings('{"modle":1}'))
  const batch = createTestBatch()
  const failed = await batch.run({ store, key: KEY, versionId: 'v7' }, createContext())
  expect(failed.status).toBe('failed')

  const sqs = await openSqs()
  const queue = await openQueue(sqs.urlOf('files'), store)
  const { versionId } = await statusOf(store, failed.job)
  await queue.announce({ bucket: 'files', key: KEY, versionId })

  const [created, ...more] = readCreatedObjects(sqs.bodiesOf('files')[0]!)
  expect(more).toEqual([])
  expect(created).toMatchObject({ bucket: 'files', key: KEY, bytes: 13 })
  const again = await batch.run({ ...created!, store }, createContext())
  expect(again.job).toBe(failed.job)
})

it('an object that is gone is not announced', async () => {
  const sqs = await openSqs()
  const queue = await openQueue(sqs.urlOf('files'), createBucket().store)
  await expect(queue.announce({ bucket: 'files', key: KEY })).rejects.toThrow(/drop the file again/)
  expect(sqs.bodiesOf('files')).toEqual([])
})

it('takes over all messages that were set aside', async () => {
  const sqs = await openSqs()
  const { store } = createBucket({ [KEY]: 'a' })
  const aside = await openQueue(sqs.urlOf('aside'), store)
  for (let count = 0; count < 23; count++) await aside.announce({ bucket: `files-${count}`, key: KEY })
  const sent = sqs.bodiesOf('aside')
  const queue = await openQueue(sqs.urlOf('files'), store)
  expect(await queue.takeOver(sqs.urlOf('aside'))).toBe(23)
  expect(sqs.bodiesOf('aside')).toEqual([])
  expect(sqs.bodiesOf('files')).toEqual(sent)
})
