import { expect, test } from 'vitest'
import { findContradictions } from '../../scripts/deploy/contradictions.ts'
import type { Deployment } from '../../scripts/deploy/deployment.ts'
import { environmentOf } from '../../scripts/deploy/functions.ts'
import { roleResources } from '../../scripts/deploy/roles.ts'
import { parametersOf } from './defaults.ts'
import { at, type Json, listOf } from './rules/template.ts'

function deploymentOf(stage: string, changes: Readonly<Record<string, string>> = {}): Deployment {
  return { service: 'embeddings', stage, parameters: parametersOf(stage, changes) }
}

/** What a function may do with what, as text. */
function permissionsOf(deployment: Deployment, role: string): string[] {
  const { Properties } = roleResources(deployment)[role]!
  const statements = listOf(at(Properties as Json, 'Policies', 0, 'PolicyDocument', 'Statement'))
  return statements.map((statement) =>
    `${at(statement, 'Action')} ${JSON.stringify(at(statement, 'Resource'))}`.replaceAll(
      /\$\{AWS::\w+\}/g,
      'aws',
    ),
  )
}

test('collections in a vector bucket are searched by match, written by batch jobs, and nobody else may do either', () => {
  const deployment = deploymentOf('prod', { collections: 's3vectors://people/job-ads' })
  const here = 'arn:aws:s3vectors:aws:aws:bucket/people/index/job-ads'
  const indexes = JSON.stringify([{ 'Fn::Sub': here }, { 'Fn::Sub': `${here}-*` }])
  const searching = 's3vectors:QueryVectors,s3vectors:GetVectors'
  const vectorsOf = (role: string) =>
    permissionsOf(deployment, role).filter((text) => text.includes('s3vectors'))
  expect(vectorsOf('MatchRole')).toEqual([`${searching} ${indexes}`])
  expect(permissionsOf(deployment, 'MatchRole').join()).not.toContain('collections/')
  for (const role of ['BatchRole', 'SplitRole'])
    expect(vectorsOf(role)).toEqual([
      `${searching},s3vectors:PutVectors,s3vectors:CreateIndex,s3vectors:DeleteIndex ${indexes}`,
    ])
  expect(vectorsOf('EmbedRole')).toEqual([])
  for (const name of ['match', 'batch', 'split'] as const)
    expect(environmentOf(deployment, name).COLLECTIONS).toBe('s3vectors://people/job-ads')
  expect(environmentOf(deployment, 'embed').COLLECTIONS).toBeUndefined()
  const without = deploymentOf('prod')
  expect(permissionsOf(without, 'BatchRole').join()).not.toContain('s3vectors')
  expect(environmentOf(without, 'batch').COLLECTIONS).toBeUndefined()
  expect(() => deploymentOf('prod', { collections: 's3://people/jobs' })).toThrow(
    'expected s3vectors://bucket/index',
  )
})

const DATABASE = 'postgres://me@people.cluster-0a.eu-central-1.rds.amazonaws.com/people'
const TRUSTED = `${DATABASE}?sslrootcert=/var/runtime/ca-cert.pem`
const PROXY = 'postgres://me@people.proxy-0a.eu-central-1.rds.amazonaws.com/people'
const PASSWORD = { collectionsPasswordSource: 'secret:rds!cluster-0a' }
const NETWORK = { vpcSubnets: 'subnet-0a', vpcSecurityGroups: 'sg-0a' }

test('collections in a database are asked by match and batch jobs, who may read its password; nobody else may', () => {
  const collectionsPasswordKey = 'arn:aws:kms:us-east-1:123456789012:key/0a-0b'
  const deployment = deploymentOf('prod', { collections: TRUSTED, ...PASSWORD, collectionsPasswordKey })
  const secretsOf = (role: string) =>
    permissionsOf(deployment, role).filter((text) => /secretsmanager|kms/.test(text))
  for (const role of ['MatchRole', 'BatchRole', 'SplitRole'])
    expect(secretsOf(role)).toEqual([
      'secretsmanager:GetSecretValue {"Fn::Sub":"arn:aws:secretsmanager:aws:aws:secret:rds!cluster-0a-??????"}',
      `kms:Decrypt "${collectionsPasswordKey}"`,
    ])
  expect(secretsOf('EmbedRole')).toEqual([])
  expect(permissionsOf(deployment, 'MatchRole').join()).not.toMatch(/collections\/|s3vectors/)
  for (const name of ['match', 'batch', 'split'] as const)
    expect(environmentOf(deployment, name)).toMatchObject({
      COLLECTIONS: TRUSTED,
      COLLECTIONS_PASSWORD_SOURCE: 'secret:rds!cluster-0a',
    })
  expect(Object.keys(environmentOf(deployment, 'embed')).join()).not.toContain('COLLECTIONS')
  const ssm = deploymentOf('prod', { collections: TRUSTED, collectionsPasswordSource: 'ssm:/people/word' })
  expect(permissionsOf(ssm, 'MatchRole')).toContain(
    'ssm:GetParameter {"Fn::Sub":"arn:aws:ssm:aws:aws:parameter/people/word"}',
  )
})

test('an address with a password in it is refused, and the password is not repeated', () => {
  const refused = () => deploymentOf('prod', { collections: 'postgres://me:geheim@db.example/people' })
  expect(refused).toThrow('expected s3vectors://bucket/index, or postgres://user@host:5432/database without')
  expect(refused).not.toThrow('geheim')
})

test.each<[Record<string, string>, RegExp | undefined]>([
  [{ collections: TRUSTED, ...PASSWORD }, undefined],
  [{ collections: TRUSTED }, /need collectionsPasswordSource: a secret of yours/],
  [PASSWORD, /of use with collections=postgres:\/\/user@host\/database only/],
  [{ ...PASSWORD, collections: 's3vectors://people/jobs' }, /of use with collections=postgres/],
  [{ ...PASSWORD, collections: DATABASE }, /add \?sslrootcert=\/var\/runtime\/ca-cert.pem, which Lambda has/],
  [
    { ...PASSWORD, collections: 'postgres://me@p.0a.rds.cn-north-1.amazonaws.com.cn/people' },
    /whose certificates Node does not trust by itself/,
  ],
  [{ ...PASSWORD, collections: `${DATABASE}?sslmode=require` }, undefined],
  [{ ...PASSWORD, collections: PROXY }, /names RDS Proxy, which is reached from its VPC only/],
  [{ ...PASSWORD, ...NETWORK, collections: PROXY }, undefined],
  [
    { ...PASSWORD, collections: 'postgres://me@10.0.3.7/people' },
    /names 10.0.3.7, which is reached from its/,
  ],
  [
    { ...PASSWORD, collections: 'postgres://me@[fd00::1]/people' },
    /names fd00::1, which is reached from its/,
  ],
  [{ ...PASSWORD, collections: 'postgres://me@localhost/people' }, /which is the function itself/],
  [{ ...PASSWORD, collections: 'postgres://me@db.example.com/people' }, undefined],
  [
    { ...PASSWORD, collections: 'postgres://me@db.example.com/people?sslrootcert=/home/me/ca.pem' },
    /sslrootcert \/home\/me\/ca.pem, which a function does not have; expected \/var\/runtime/,
  ],
  [
    { collections: TRUSTED, collectionsPasswordSource: 'ssm:people/word' },
    /which Systems Manager refuses; give ssm:\/people\/word/,
  ],
  [
    {
      ...PASSWORD,
      collections: TRUSTED,
      collectionsPasswordKey: 'arn:aws:kms:eu-west-1:123456789012:key/0a',
    },
    /^collectionsPasswordKey is in eu-west-1/,
  ],
])('parameters such as %o: %s', (changes, expected) => {
  const found = findContradictions(deploymentOf('prod', changes))
  if (expected) expect(found).toEqual([expect.stringMatching(expected)])
  else expect(found).toEqual([])
})
