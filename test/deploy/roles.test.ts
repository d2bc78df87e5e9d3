import { expect, test } from 'vitest'
import type { Deployment } from '../../scripts/deploy/deployment.ts'
import { roleResources } from '../../scripts/deploy/roles.ts'
import { splitResources } from '../../scripts/deploy/state-machine.ts'
import { parametersOf } from './defaults.ts'
import { at, type Json, listOf } from './rules/template.ts'

function deploymentOf(stage: string, changes: Readonly<Record<string, string>> = {}): Deployment {
  return { service: 'embeddings', stage, parameters: parametersOf(stage, changes) }
}

/** Below what a function may list each of its buckets; none where it may list all. */
function prefixesOf(deployment: Deployment, role: string): Json[] {
  const { Properties } = roleResources(deployment)[role]!
  const statements = listOf(at(Properties as Json, 'Policies', 0, 'PolicyDocument', 'Statement'))
  return statements
    .filter((statement) => listOf(at(statement, 'Action')).includes('s3:ListBucket'))
    .map((statement) => listOf(at(statement, 'Condition', 'StringLike', 's3:prefix')) as Json)
}

test('a role lists of a bucket what it reads, and no names of other files', () => {
  const deployment = deploymentOf('prod', { train: 'true', modelBucket: 'create' })
  const files = ['input/*', 'output/*', 'collections/*', 'tmp/*']
  expect(prefixesOf(deployment, 'EmbedRole')).toEqual([['models/*']])
  const named = deploymentOf('prod', { modelSources: '/opt/models,s3://ours/a/b,s3://all' })
  expect(prefixesOf(named, 'EmbedRole')).toEqual([['a/b/*'], []])
  expect(prefixesOf(deployment, 'MatchRole')).toEqual([['models/*'], ['collections/*']])
  expect(prefixesOf(deployment, 'BatchRole')).toEqual([['models/*'], files])
  expect(prefixesOf(deployment, 'SplitRole')).toEqual([['models/*'], files])
  expect(prefixesOf(deployment, 'TrainRole')).toEqual([['models/*'], ['train/*', 'learned/*']])
})

test('a service takes a role of this stack for this account, and for what has the role', () => {
  const trusts = ({ Properties }: { readonly Properties?: unknown }) =>
    JSON.stringify(at(Properties as Json, 'AssumeRolePolicyDocument', 'Statement', 0, 'Condition'))
  const account = '{"StringEquals":{"aws:SourceAccount":{"Ref":"AWS::AccountId"}}'
  const here = (service: string) => `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}`
  expect(trusts(roleResources(deploymentOf('prod')).BatchRole!)).toBeUndefined()
  const { SplitStatesRole, SplitRuleRole } = splitResources(deploymentOf('prod'))
  const machine = `${here('states')}:stateMachine:embeddings-prod-split*`
  expect(trusts(SplitStatesRole!)).toBe(`${account},"ArnLike":{"aws:SourceArn":{"Fn::Sub":"${machine}"}}}`)
  const rule = `${here('events')}:rule/\${AWS::StackName}-SplitRule-*`
  expect(trusts(SplitRuleRole!)).toBe(`${account},"ArnLike":{"aws:SourceArn":{"Fn::Sub":"${rule}"}}}`)
})

test('in a VPC the program of a function may not do to the network what Lambda does with its role', () => {
  const vpc = { vpcSubnets: 'subnet-0a', vpcSecurityGroups: 'sg-0a' }
  const { EmbedRole } = roleResources(deploymentOf('prod', vpc))
  const text = JSON.stringify(EmbedRole)
  expect(text).toMatch(
    /"Effect":"Deny","Action":\["ec2:CreateNetworkInterface".*"lambda:SourceFunctionArn":.*function:embeddings-prod-embed/,
  )
})
