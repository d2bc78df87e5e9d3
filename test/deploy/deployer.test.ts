import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { deployerPolicy, missingPermissions } from '../../scripts/deploy/deployer.ts'
import { diagnosePolicy } from '../../scripts/deploy/policy-findings.ts'
import { parametersOf } from './defaults.ts'

const ACCOUNT = '123456789012'
const root = join(import.meta.dirname, '../..')
const deploymentOf = (stage: string, changes: Readonly<Record<string, string>> = {}) => ({
  service: 'serverless-embeddings',
  stage,
  parameters: parametersOf(stage, changes),
})
const prod = deploymentOf('prod')
const policy = deployerPolicy(prod, ACCOUNT)

test('the sample policy is the one that a deployment to prod needs', () => {
  const sample = JSON.parse(readFileSync(join(root, 'scripts/deploy/deployer-policy.json'), 'utf8'))
  expect(sample).toEqual(policy)
  expect(diagnosePolicy(prod, 'deployer.json', JSON.stringify(sample))).toEqual([
    { level: 'good', text: `deployer.json allows what a deployment needs, in the account ${ACCOUNT}` },
  ])
})

test('the sample allows no action by a wildcard, and everything only where AWS names no resource', () => {
  const actions = policy.Statement.flatMap(({ Action }) => Action ?? [])
  expect(actions.filter((action) => action.includes('*'))).toEqual([])
  const everywhere = policy.Statement.filter(({ Resource }) => Resource?.includes('*'))
  expect(everywhere.flatMap(({ Action }) => Action ?? []).sort()).toEqual([
    'cloudformation:ValidateTemplate',
    ...['lambda:CreateEventSourceMapping', 'lambda:DeleteEventSourceMapping', 'lambda:GetAccountSettings'],
    ...['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping', 'logs:CreateLogDelivery'],
    ...['logs:DeleteLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies'],
    ...['logs:GetLogDelivery', 'logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:UpdateLogDelivery'],
    'sts:GetCallerIdentity',
  ])
})

test('the sample hands roles to three services alone, and reads no file of callers', () => {
  const passing = policy.Statement.filter(({ Action }) => Action?.includes('iam:PassRole'))
  const services = ['lambda', 'states', 'events'].map((service) => `${service}.amazonaws.com`)
  expect(passing.map(({ Condition }) => Condition)).toEqual([
    { StringEquals: { 'iam:PassedToService': services } },
  ])
  const objects = policy.Statement.filter(({ Action }) => Action?.includes('s3:GetObject'))
  expect(objects.map(({ Resource }) => Resource)).toEqual([
    ['arn:aws:s3:::serverless-embeddings-*-serverlessdeploymentbuc*/*'],
  ])
  const buckets = policy.Statement.filter(({ Action }) => Action?.includes('s3:DeleteBucket'))
  expect(buckets.map(({ Resource }) => Resource)).toEqual([
    [
      'arn:aws:s3:::serverless-embeddings-*-serverlessdeploymentbuc*',
      'arn:aws:s3:::serverless-embeddings-prod-data-123456789012-us-east-1',
    ],
  ])
})

test('a bucket that is there already is looked at, and a key is used for the token that is made', () => {
  const key = 'arn:aws:kms:us-east-1:123456789012:key/0a'
  const more = {
    dataBucket: 'ours',
    modelBucket: 'create',
    auth: 'token',
    tokenSource: 'generate',
    tokenKey: key,
  }
  const { Statement } = deployerPolicy(deploymentOf('prod', more), ACCOUNT)
  const about = (resource: string) =>
    Statement.filter(({ Resource }) => Resource?.includes(resource)).flatMap(({ Action }) => Action)
  expect(about('arn:aws:s3:::ours')).toEqual(['s3:ListBucket', 's3:GetBucketNotification'])
  expect(about('arn:aws:s3:::serverless-embeddings-prod-models-123456789012-us-east-1')).toContain(
    's3:CreateBucket',
  )
  expect(about(key)).toEqual(['kms:Encrypt'])
})

test.each(policy.Statement.flatMap(({ Action, Sid }) => Array.from(Action ?? [], (action) => [action, Sid])))(
  'a policy without %s of %s is found wanting',
  (action, sid) => {
    const Statement = policy.Statement.map((statement) =>
      statement.Sid === sid
        ? { ...statement, Action: Array.from(statement.Action ?? []).filter((other) => other !== action) }
        : statement,
    )
    const missing = missingPermissions({ ...policy, Statement }, prod, ACCOUNT)
    expect(missing.every((text) => text.startsWith(`${action} on `))).toBe(true)
    expect(missing.length).toBeGreaterThan(0)
  },
)

test.each([
  ['wildcards of whole services', [{ Effect: 'Allow', Action: '*', Resource: '*' }], true],
  ['names with question marks', [{ Effect: 'Allow', Action: '*:??*', Resource: ['*'] }], true],
  ['only reading', [{ Effect: 'Allow', Action: ['*:Get*', '*:Describe*', '*:List*'], Resource: '*' }], false],
  ['another account', [{ Effect: 'Allow', Action: '*', Resource: 'arn:aws:*:*:210987654321:*' }], false],
  [
    'a denial',
    [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'iam:*', Resource: '*' },
    ],
    false,
  ],
  [
    'a denial of a part of what is needed',
    [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'lambda:*',
        Resource: 'arn:aws:lambda:*:*:function:serverless-embeddings-prod-embed',
      },
    ],
    false,
  ],
  [
    'a denial of all but some actions',
    [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', NotAction: ['s3:*', 'lambda:*'], Resource: '*' },
    ],
    false,
  ],
  [
    'a denial of what is elsewhere',
    [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::other-*' },
    ],
    true,
  ],
  ['all actions but those on users', [{ Effect: 'Allow', NotAction: 'iam:*User*', Resource: '*' }], true],
  ['all but a bucket of others', [{ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::other' }], true],
])('says whether a deployment is allowed by %s', (_, Statement, allowed) => {
  const missing = missingPermissions({ Version: '2012-10-17', Statement }, prod, ACCOUNT)
  expect(missing.length === 0).toBe(allowed)
})

test('needs more for a token that it makes, a VPC or a file system, and names China as it is', () => {
  const changes = {
    vpcSubnets: 'subnet-0a',
    vpcSecurityGroups: 'sg-0a',
    efsFileSystem: 'fs-0a',
    efsAccessPoint: 'fsap-0a',
    modelSources: '/opt/models,/mnt/models',
    region: 'cn-north-1',
  }
  const text = JSON.stringify(deployerPolicy(deploymentOf('dev', changes), ACCOUNT))
  expect(text).toContain('arn:aws-cn:ssm:cn-north-1:123456789012:parameter/serverless-embeddings/dev/token')
  expect(text).toContain('ec2:DescribeSubnets')
  expect(text).toContain('elasticfilesystem:DescribeAccessPoints')
  expect(text).not.toContain('arn:aws:')
})

test('says what is no policy', () => {
  for (const text of ['[', '{}', 'null']) {
    expect(diagnosePolicy(prod, 'p.json', text)[0]!.text).toMatch(/^p.json is no policy of IAM/)
  }
  const alone = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
  expect(diagnosePolicy(prod, 'p.json', alone)[0]!.level).toBe('good')
  const [finding] = diagnosePolicy(prod, 'p.json', '{"Statement":[]}')
  expect(finding!.text).toMatch(
    /^p.json does not allow cloudformation:CreateChangeSet on .* and \d+ more; npm/,
  )
})

test('npm run doctor -- --policy-for prints the policy, and --policy takes it', () => {
  const doctor = (...options: string[]) =>
    spawnSync(process.execPath, ['scripts/run.mjs', 'scripts/doctor.ts', '--stage', 'prod', ...options], {
      cwd: root,
      encoding: 'utf8',
    })
  expect(JSON.parse(doctor('--policy-for', ACCOUNT).stdout)).toEqual(policy)
  const checked = doctor('--policy', 'scripts/deploy/deployer-policy.json')
  expect([checked.status, checked.stdout]).toEqual([
    0,
    expect.stringContaining('allows what a deployment needs'),
  ])
})
