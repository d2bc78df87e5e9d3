import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { at, listAt } from './rendered.ts'
import { CHART, installed, reason, runTool } from './tools.ts'

/** Ports that each NetworkPolicy opens beside those of names (53). */
async function opened(set: string): Promise<unknown[][]> {
  const { out } = await runTool('helm', ['template', 'emb', CHART, '--set', set])
  return parseAllDocuments(out)
    .map((document): unknown => document.toJS())
    .filter((object) => at(object, 'kind') === 'NetworkPolicy')
    .map((policy) =>
      listAt(policy, 'spec.egress')
        .flatMap((rule) => listAt(rule, 'ports').map(({ port }) => port))
        .filter((port) => port !== 53),
    )
}

/** Of the agent of EKS Pod Identity alone. */
const AGENT = 80
const INIT = 'models.source=init,models.preload={fast}'

describe.skipIf(!installed)(`the ports that pods may ask for something${reason}`, () => {
  test.each([
    ['replicas=2', [[]]],
    [`${INIT},models.remote={hf:}`, [[443, AGENT]]],
    [`${INIT},models.remote={hf:},models.hubEndpoint=http://mirror:8080`, [[443, AGENT, 8080]]],
    [`${INIT},models.remote={https://mirror:8443/x}`, [[443, AGENT, 8443]]],
    ['queueWorker.enabled=true,queueWorker.queueUrl=http://mq:9324/q', [[], [443, AGENT, 9324]]],
  ])('are those of --set %s', async (set, ports) => {
    expect(await opened(set)).toEqual(ports)
  })
})
