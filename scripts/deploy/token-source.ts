import type { Deployment } from './deployment.ts'
import { GENERATE } from './generate.ts'

/** Where the functions read the token that callers must send; undefined when none is asked for. */
export function tokenSourceOf(deployment: Deployment): string | undefined {
  const { auth, tokenSource } = deployment.parameters
  if (auth !== 'token' || tokenSource === null) return undefined
  const name = generatedTokenName(deployment)
  return name === undefined ? tokenSource : `ssm:${name}`
}

/** The parameter of Systems Manager that keeps the token which the deployment makes; undefined when it makes none. */
export function generatedTokenName({ service, stage, parameters }: Deployment): string | undefined {
  const { auth, tokenSource } = parameters
  return auth === 'token' && tokenSource === GENERATE ? `/${service}/${stage}/token` : undefined
}

/** What to say of a token that was made: where it is, and the command that shows it. */
export function describeToken(name: string, region: string): string {
  return `Callers send "Authorization: Bearer <token>". The token is kept as ssm:${name}; this shows it:
aws ssm get-parameter --region ${region} --with-decryption --name ${name} --query Parameter.Value --output text`
}
