import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createCheckout } from '../deploy/packages.ts'
import { describeWithAws, runTool } from './tools.ts'

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1', 'cn-north-1', 'us-gov-west-1']

/** What is off by default: conversations at an address of their own, models of another server, and learning. */
const MORE = {
  generate: 'true',
  train: 'true',
  modelBucket: 'create',
  generateEndpoint: 'https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1',
  generateModels: 'openai.gpt-oss-20b-1:0',
  generateKeySource: 'secret:bedrock/key',
}

/** What is meant, by the rule and the beginning of its message. */
const MEANT = [
  // The deploy tool writes an explicit DependsOn beside a reference.
  /^W3005 /,
  // cfn-lint's schema of state machines knows `arn:aws:` alone, which no machine in China or GovCloud may have.
  /^E3601 'arn:\$\{Partition\}:states:::lambda:invoke' does not match/,
]

/** What checkov asks for and an operator decides, each by a parameter or by the account. */
const OPTIONAL = [
  'CKV_AWS_115', // reserved concurrency: embedReserved and the like
  'CKV_AWS_116', // a dead letter queue of functions: events come from queues that have one
  'CKV_AWS_117', // inside a VPC: vpcSubnets
  'CKV_AWS_158', // a customer key for logs
  'CKV_AWS_173', // a customer key for environment variables, which hold no secret
  'CKV_AWS_27', // a customer key for queues: SSE-SQS is on
  'CKV_AWS_18', // access logs of buckets
  'CKV_AWS_95', // access logs of an API: the stage has them, checkov looks for V1
  'CKV_AWS_111', // network interfaces in a VPC cannot be narrowed
]

describeWithAws('the packaged template', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-lint-'))
  const file = join(folder, 'template.json')
  const fileOfMore = join(folder, 'more.json')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('is packaged for the linters', { timeout: 300_000 }, () => {
    const checkout = createCheckout('arm64')
    checkout.lighten()
    for (const [path, stage, parameters] of [
      [file, 'dev', {}],
      // In dev its address has no lock of AWS: the function asks for the token itself.
      [fileOfMore, 'prod', MORE],
    ] as const) {
      const packed = checkout.pack(stage, parameters)
      expect(packed.status, packed.output).toBe(0)
      writeFileSync(path, JSON.stringify(packed.template()))
    }
    checkout.remove()
  })

  function expectNoComplaint(path: string, region: string): void {
    const { stdout } = runTool('cfn-lint', '--regions', region, '--format', 'json', '--template', path)
    const found = JSON.parse(stdout) as { Rule: { Id: string }; Message: string }[]
    const messages = found.map(({ Rule, Message }) => `${Rule.Id} ${Message}`)
    const isMeant = (message: string) => message.startsWith('I') || MEANT.some((meant) => meant.test(message))
    expect(messages.filter((message) => !isMeant(message))).toEqual([])
    // A linter that found nothing at all would have read nothing.
    expect(messages.length).toBeGreaterThan(5)
  }

  it.each(REGIONS)('has no error and no warning that is not meant in %s', { timeout: 300_000 }, (region) => {
    expectNoComplaint(file, region)
  })

  it('has none with language models and learning, which are off by default', { timeout: 300_000 }, () => {
    expectNoComplaint(fileOfMore, 'eu-west-1')
  })

  it.each([
    ['as it is by default', file],
    ['with language models and learning', fileOfMore],
  ])(
    'has nothing %s that checkov objects to but what an operator decides',
    { timeout: 300_000 },
    (_, path) => {
      const options = [
        '--framework',
        'cloudformation',
        '--compact',
        '--quiet',
        '--output',
        'json',
        '--file',
        path,
      ]
      const { results, summary } = JSON.parse(runTool('checkov', ...options).stdout)
      const failed = results.failed_checks as { check_id: string; check_name: string; resource: string }[]
      const objections = failed.filter(({ check_id }) => !OPTIONAL.includes(check_id))
      expect(
        objections.map(({ check_id, check_name, resource }) => `${check_id} ${check_name}: ${resource}`),
      ).toEqual([])
      expect(summary.passed).toBeGreaterThan(50)
    },
  )
})
