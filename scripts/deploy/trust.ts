import { type CloudFormation, sub } from './deployment.ts'

/**
 * The document that lets a service take a role: on behalf of this account alone, and of some of its resources where AWS
 * says that the service names them. Of Lambda it says so for policies of other services, not for roles of functions.
 *
 * @param source pattern of the ARN of what the service may take the role for
 */
export function trustIn(service: 'lambda' | 'states' | 'events', source?: string): CloudFormation {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: `${service}.amazonaws.com` },
        Action: 'sts:AssumeRole',
        Condition: {
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          ...(source !== undefined && {
            ArnLike: {
              'aws:SourceArn': sub(
                `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${source}`,
              ),
            },
          }),
        },
      },
    ],
  }
}
