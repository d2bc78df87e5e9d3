import { randomBytes } from 'node:crypto'
import {
  DeleteParameterCommand,
  PutParameterCommand,
  SSMClient,
  type SSMClientConfig,
} from '@aws-sdk/client-ssm'
import type { Deployment } from './deployment.ts'

/** Bytes of a token that is made here; nobody guesses 256 bits. */
const TOKEN_BYTES = 32

/**
 * Puts a new token where there is none yet, as a SecureString; it is neither printed nor given back. One that is there
 * stays, so that callers of an earlier deployment go on.
 *
 * @throws Error of Systems Manager when it refuses, such as `AccessDeniedException`
 */
export async function createToken(
  config: SSMClientConfig,
  name: string,
  { service, stage, parameters: { tokenKey } }: Deployment,
): Promise<'made' | 'kept'> {
  const client = new SSMClient(config)
  try {
    await client.send(
      new PutParameterCommand({
        Name: name,
        Type: 'SecureString',
        Value: randomBytes(TOKEN_BYTES).toString('hex'),
        Description: `What callers of ${service} ${stage} send as a bearer token`,
        ...(tokenKey !== null && { KeyId: tokenKey }),
        Tags: [
          { Key: 'service', Value: service },
          { Key: 'stage', Value: stage },
        ],
      }),
    )
    return 'made'
  } catch (error) {
    if ((error as Error).name === 'ParameterAlreadyExists') return 'kept'
    throw error
  } finally {
    client.destroy()
  }
}

/**
 * Takes a token away that a deployment made; one that is gone already is no failure.
 *
 * @throws Error of Systems Manager when it refuses
 */
export async function deleteToken(config: SSMClientConfig, name: string): Promise<void> {
  const client = new SSMClient(config)
  try {
    await client.send(new DeleteParameterCommand({ Name: name }))
  } catch (error) {
    if ((error as Error).name !== 'ParameterNotFound') throw error
  } finally {
    client.destroy()
  }
}
