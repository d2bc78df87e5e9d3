import { expect, test } from 'vitest'
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
