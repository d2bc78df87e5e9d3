import { SQSClient } from '@aws-sdk/client-sqs'
import { signPost } from '../../src/storage/signature.ts'
import { UsageError } from '../console/options.ts'

/** `arn:aws:states:<region>:<account>:stateMachine:<name>` */
const MACHINE = /^arn:aws[a-z-]*:states:([a-z0-9-]+):\d{12}:stateMachine:[\w-]+$/

/** Starts executions of one state machine. */
interface StateMachine {
  /**
   * Starts an execution and answers its ARN.
   *
   * @param input as JSON
   * @throws Error with the service's own words when it refuses
   */
  start(input: string): Promise<string>
}

/**
 * The state machine with this ARN; credentials are found as every AWS program finds them. One call needs no client
 * library of 1.5 MB: it is signed as the secret of a cold start is.
 *
 * @throws UsageError when it is none
 */
export function openStateMachine(arn: string): StateMachine {
  const [, region] = MACHINE.exec(arn) ?? []
  if (region === undefined)
    throw new UsageError(
      `--state-machine is "${arn}"; expected arn:aws:states:<region>:<account>:stateMachine:<name>, which the stack has as its output SplitStateMachineArn.`,
    )
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const endpoint =
    process.env.AWS_ENDPOINT_URL_SFN ?? process.env.AWS_ENDPOINT_URL ?? `https://states.${region}.${domain}`
  return {
    async start(input) {
      const url = new URL('/', endpoint)
      const body = JSON.stringify({ stateMachineArn: arn, input })
      const headers = {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AWSStepFunctions.StartExecution',
      }
      const credentials = await new SQSClient({ region }).config.credentials()
      const signed = signPost({ url, headers, body }, credentials, { region, service: 'states' }, new Date())
      const response = await fetch(url, { method: 'POST', headers: signed, body })
      const answer: unknown = await response.json().catch(() => undefined)
      const { executionArn } = (answer ?? {}) as { executionArn?: unknown }
      if (response.ok && typeof executionArn === 'string') return executionArn
      throw new Error(`Step Functions did not start ${arn}: ${response.status} ${JSON.stringify(answer)}.`)
    },
  }
}
