import { type CloudFormation, sub } from './deployment.ts'

/** The document that lets a service take a role: of Lambda, for a function that the account's own people gave it to. */
export const LAMBDA_TRUST = allow('lambda')

/**
 * The document that lets a service take a role on behalf of this account alone, and of some of its resources. Lambda's
 * pages do not say that it names the account when it takes the role of a function, and a condition on a name that is not
 * given refuses every function: {@link LAMBDA_TRUST} has none.
 *
 * @param source pattern of the ARN of what the service may take the role for
 */
export function trustIn(service: 'states' | 'events', source: string): CloudFormation {
  return allow(service, {
    StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    ArnLike: {
      'aws:SourceArn': sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${source}`),
    },
  })
}

function allow(service: string, condition?: CloudFormation): CloudFormation {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: `${service}.amazonaws.com` },
        Action: 'sts:AssumeRole',
        ...(condition && { Condition: condition }),
      },
    ],
  }
}
