import { handler } from '../../../functions/embed.ts'
import { enter, head, now, timed, timeMixed } from '../entrant.ts'
import type { Job, Sample } from '../protocol.ts'
import { eventOf } from './event.ts'
import { recordRuns } from './recorder.ts'
import { runtimeVersion } from './runtime.ts'

/** This project, through the Lambda door and its bundle: an event of an HTTP API in, its answer out. */
enter(async (job): Promise<Sample> => {
  if (job.measure === 'first') {
    const values = head(await embed(job.texts.slice(0, 1)))
    return { firstVectorAt: now(), values, runtime: runtimeVersion() }
  }
  const time = job.measure === 'mixed' ? timeMixed : timeBeside
  return { ...(await time(job, embed)), runtime: runtimeVersion() }
})

/** The last of the texts' vectors. */
async function embed(texts: readonly string[]): Promise<Float32Array> {
  const answer = await handler(eventOf({ input: texts, encoding: 'base64' }))
  if (!isAnswer(answer) || answer.statusCode !== 200) throw new Error(JSON.stringify(answer))
  const { embeddings }: { embeddings: string[] } = JSON.parse(answer.body)
  const bytes = Buffer.from(embeddings[embeddings.length - 1]!, 'base64')
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
}

function isAnswer(answer: unknown): answer is { statusCode: number; body: string } {
  return typeof answer === 'object' && answer !== null && 'statusCode' in answer && 'body' in answer
}

/** Calls the door again and again on one text; after each call its run of the session is repeated alone. */
async function timeBeside(job: Job) {
  const runs = recordRuns()
  const event = eventOf({ input: job.texts[0]! })
  for (let call = 0; call < 10; call++) await handler(event)
  const callsMs: number[] = []
  const insideMs: number[] = []
  const bareMs: number[] = []
  for (let call = 0; call < job.repetitions; call++) {
    callsMs.push(await timed(() => handler(event)))
    insideMs.push(runs.latestMs())
    bareMs.push(await timed(runs.repeat))
  }
  return { callsMs, insideMs, bareMs, values: head(await embed(job.texts.slice(0, 1))) }
}
