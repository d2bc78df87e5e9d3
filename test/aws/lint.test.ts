import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createCheckout } from '../deploy/packages.ts'
import { describeWithAws, runTool } from './tools.ts'

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1', 'cn-north-1', 'us-gov-west-1']

/** Warnings that are meant. */
const MEANT = [
  'W3005', // an explicit DependsOn beside a reference: the deploy tool writes it
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
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('is packaged for the linters', { timeout: 300_000 }, () => {
    const checkout = createCheckout('arm64')
    checkout.lighten()
    const packed = checkout.pack('dev')
    expect(packed.status, packed.output).toBe(0)
    writeFileSync(file, JSON.stringify(packed.template()))
    checkout.remove()
  })

  it.each(REGIONS)('has no error and no warning that is not meant in %s', { timeout: 300_000 }, (region) => {
    const { stdout } = runTool('cfn-lint', '--regions', region, '--format', 'json', '--template', file)
    const found = JSON.parse(stdout) as { Rule: { Id: string }; Message: string }[]
    const unmeant = found.filter(({ Rule }) => !MEANT.includes(Rule.Id) && !Rule.Id.startsWith('I'))
    expect(unmeant.map(({ Rule, Message }) => `${Rule.Id} ${Message}`)).toEqual([])
  })

  it('has nothing that checkov objects to but what an operator decides', { timeout: 300_000 }, () => {
    const options = [
      '--framework',
      'cloudformation',
      '--compact',
      '--quiet',
      '--output',
      'json',
      '--file',
      file,
    ]
    const { results, summary } = JSON.parse(runTool('checkov', ...options).stdout)
    const failed = results.failed_checks as { check_id: string; check_name: string; resource: string }[]
    const objections = failed.filter(({ check_id }) => !OPTIONAL.includes(check_id))
    expect(
      objections.map(({ check_id, check_name, resource }) => `${check_id} ${check_name}: ${resource}`),
    ).toEqual([])
    expect(summary.passed).toBeGreaterThan(50)
  })
})
