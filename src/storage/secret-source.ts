import type { AwsCredentials } from './signature.ts'

/** A secret in Systems Manager's Parameter Store or in Secrets Manager, and what lets this program read it. */
export interface SecretPlace {
  readonly kind: 'ssm' | 'secret'
  readonly name: string
  readonly region: string
  /** Another server than Amazon's. */
  readonly endpoint: string | undefined
  readonly credentials: AwsCredentials
}

/** What a secret's source may look like, for error messages. */
export const SECRET_FORMS = 'ssm:/name/of/parameter or secret:name'

/**
 * Kind and name of a source such as `ssm:/embeddings/token`; undefined when it is none. RDS calls the secrets that it makes
 * itself `rds!cluster-…`.
 */
export function parseSecretSource(text: string): Pick<SecretPlace, 'kind' | 'name'> | undefined {
  const [, kind, name] = /^(?:(ssm):([\w/+=.@-]+)|(secret):([\w/+=.@!-]+))$/.exec(text)?.filter(Boolean) ?? []
  return name === undefined ? undefined : { kind: kind as SecretPlace['kind'], name }
}
