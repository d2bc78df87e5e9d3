import { AppError } from '../../src/errors.ts'
import { findContradictions } from './contradictions.ts'
import type { Deployment } from './deployment.ts'
import { readParameters } from './parameters.ts'

/**
 * Reads parameters and holds them against each other and the stage.
 *
 * @throws AppError `invalid_request` with every parameter that is wrong, or every contradiction
 */
export function planDeployment(
  service: string,
  stage: string,
  given: Readonly<Record<string, unknown>>,
): Deployment {
  const parameters = readParameters(given)
  const deployment = { service, stage, parameters }
  const contradictions = findContradictions(deployment)
  if (contradictions.length === 0) return deployment
  throw new AppError(
    'invalid_request',
    `The parameters of the stage ${stage} contradict each other:\n${contradictions.join('\n')}`,
  )
}
