import type { Deployment } from '../../scripts/deploy/deployment.ts'
import { roleResources } from '../../scripts/deploy/roles.ts'
import { parametersOf } from './defaults.ts'
import { at, type Json, listOf } from './rules/template.ts'

/** A deployment with what `serverless.yml` and some changes make of a stage. */
export function deploymentOf(stage: string, changes: Readonly<Record<string, string>> = {}): Deployment {
  return { service: 'embeddings', stage, parameters: parametersOf(stage, changes) }
}

/** What a function may do with what, as text. */
export function permissionsOf(deployment: Deployment, role: string): string[] {
  const { Properties } = roleResources(deployment)[role]!
  const statements = listOf(at(Properties as Json, 'Policies', 0, 'PolicyDocument', 'Statement'))
  return statements.map((statement) =>
    `${at(statement, 'Action')} ${JSON.stringify(at(statement, 'Resource'))}`.replaceAll(
      /\$\{AWS::\w+\}/g,
      'aws',
    ),
  )
}
