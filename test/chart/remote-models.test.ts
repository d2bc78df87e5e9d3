import { describe, expect, test } from 'vitest'
import { CHART, installed, reason, runTool } from './tools.ts'

const template = (...set: string[]) =>
  runTool('helm', ['template', 'emb', CHART, '--set', ['generate.enabled=true', ...set].join(',')])

describe.skipIf(!installed)(`models of another server in the chart${reason}`, () => {
  test('are asked over http only where it is allowed by name', async () => {
    const endpoint = 'generate.remote.endpoint=http://vllm.models:8000/v1'
    const refused = await template(endpoint)
    expect([refused.code === 0, refused.all]).toEqual([
      false,
      expect.stringContaining('settings.GENERATE_ENDPOINT_ALLOW=http://vllm.models:8000'),
    ])
    const allowed = await template(endpoint, 'settings.GENERATE_ENDPOINT_ALLOW=http://vllm.models:8000')
    expect(allowed.out).toContain('value: "http://vllm.models:8000/v1"')
  })
})
