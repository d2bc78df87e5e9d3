import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Checkout } from '../deploy/packages.ts'
import { type DeployedFunction, deploy } from '../deployed/function.ts'
import { missingNamespace } from '../deployed/sandbox.ts'
import { because } from '../support/because.ts'
import { describeWithS3 } from '../support/describe-s3.ts'
import { functionUrlEvent, httpApiEvent } from '../support/events.ts'
import { useFaultyS3 } from '../support/faulty-s3.ts'
import { describeWithClient } from '../support/lambda-client.ts'
import { runtimeAbsent } from '../support/llm.ts'
import { describeStories, layOutGenerate, stories } from './generate-package.ts'

const PATH = '/v1/chat/completions'
const asked = {
  model: 'stories',
  messages: [{ role: 'user', content: 'Tell me of a little girl.' }],
  max_tokens: 12,
  temperature: 0,
}
const byUrl = (more: object = {}) =>
  functionUrlEvent({ rawPath: PATH, body: JSON.stringify({ ...asked, ...more }), isBase64Encoded: false })
const byApi = (more: object = {}) => {
  const body = JSON.stringify({ ...asked, ...more })
  return httpApiEvent({ routeKey: `POST ${PATH}`, rawPath: `/prod${PATH}`, body, isBase64Encoded: false })
}
/** Between status and headers of an answer that streams, and its body. */
const BEHIND_HEAD = '\0'.repeat(8)

const lacking = runtimeAbsent ?? missingNamespace()

describe.skipIf(lacking)(`the function of language models${because(lacking)}`, () => {
  describeWithClient('on the runtime client of Lambda', () => {
    describeWithS3('with its model in a bucket', () => {
      const s3 = useFaultyS3()
      let folder: string
      let checkout: Checkout
      const started: DeployedFunction[] = []
      const start = async (handler: string) => {
        const { place } = s3()
        const one = await deploy({
          task: join(folder, 'task'),
          layers: join(folder, 'opt'),
          handler: `dist/generate.${handler}`,
          environment: {
            AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID!,
            AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY!,
            AWS_ENDPOINT_URL_S3: place.endpoint!,
            MODEL_SOURCES: `/opt/models,s3://${place.bucket}/models`,
            LLM_CATALOG: '/opt/llm.json',
          },
          memoryMegabytes: 1769,
          diskMegabytes: 64,
        })
        started.push(one)
        return one
      }
      const measured = (one: DeployedFunction) =>
        one.output().flatMap((line) => (line.includes('_aws') ? [JSON.parse(line)] : []))

      beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), 'llm-lambda-'))
        checkout = layOutGenerate(folder).checkout
        describeStories(folder, join(folder, 'models'))
        await s3().direct.write('models/stories/model.gguf', stories)
      }, 600_000)
      afterAll(async () => {
        for (const one of started) await one.close()
        checkout?.remove()
        rmSync(folder, { recursive: true, force: true })
      })

      it('fetches it as it starts, answers whole, and goes on when the bucket is away', async () => {
        const one = await start('handler')
        const cold = await one.request(byApi())
        expect([cold.statusCode, JSON.parse(cold.body).usage.completion_tokens], cold.body).toEqual([200, 12])
        const fetched = s3().proxy.connections
        expect(fetched).toBeGreaterThan(0)
        const warm = await one.request(byApi())
        expect(JSON.parse(warm.body).choices).toEqual(JSON.parse(cold.body).choices)
        expect(s3().proxy.connections).toBe(fetched)
        expect(measured(one)).toMatchObject([
          { Model: 'stories', GeneratedTokens: 12, TimeToFirstToken: expect.any(Number) },
          { Model: 'stories', GeneratedTokens: 12 },
        ])
        // Fetching and loading are a part of the first one's.
        expect(measured(one)[0].TimeToFirstToken).toBeGreaterThan(measured(one)[1].TimeToFirstToken)
      }, 120_000)

      it('streams the same piece by piece behind a function URL, and one who does not ask for that gets it whole', async () => {
        const one = await start('streaming')
        const ending = await one.invoke(byUrl({ stream: true }))
        if (ending.kind !== 'answer') throw new Error(JSON.stringify([ending, one.output()]))
        const [head, body] = ending.body.split(BEHIND_HEAD) as [string, string]
        expect(JSON.parse(head)).toMatchObject({
          statusCode: 200,
          headers: { 'content-type': 'text/event-stream; charset=utf-8' },
        })
        const events = body.split('\n\n').slice(0, -1)
        expect(events.at(-1)).toBe('data: [DONE]')
        // Head, and each token as it came.
        expect(ending.pieces.length).toBeGreaterThan(10)
        const told = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)))
        const text = told.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
        const whole = await one.invoke(byUrl())
        const [, json] = (whole as typeof ending).body.split(BEHIND_HEAD) as [string, string]
        expect(JSON.parse(json).choices[0].message.content).toBe(text)
        expect(text.length).toBeGreaterThan(12)
      }, 120_000)
    })
  })
})
