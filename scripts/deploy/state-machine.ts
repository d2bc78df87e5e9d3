import { DATA_PREFIXES, dataBucketOf, MEGABYTE } from './buckets.ts'
import { arnHere, type CloudFormation, type Deployment, getAtt, type Resources } from './deployment.ts'
import { patientTarget } from './queues.ts'
import { CANNOT_BE_NARROWED, usingKey } from './roles.ts'
import definition from './split.asl.json' with { type: 'json' }
import { trustIn } from './trust.ts'

/**
 * Files of `splitMegabytes` and more go to a state machine, which has byte ranges of them worked on side by side; the
 * queue leaves them to it. It waits for nothing and costs nothing while there are none.
 */
export function splitResources(deployment: Deployment): Resources {
  const { service, stage, parameters } = deployment
  const name = `${service}-${stage}-split`
  const data = dataBucketOf(deployment)
  const inOutput = { 'Fn::Join': ['/', [data.arn, `${DATA_PREFIXES.output}*`]] }
  return {
    SplitStateMachine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        StateMachineName: name,
        RoleArn: getAtt('SplitStatesRole', 'Arn'),
        DefinitionString: definitionWith({ splitConcurrency: parameters.splitConcurrency }),
        DefinitionSubstitutions: {
          // China and GovCloud are partitions of their own: aws-cn, aws-us-gov.
          Partition: { Ref: 'AWS::Partition' },
          SplitFunctionArn: getAtt('SplitLambdaFunction', 'Arn'),
        },
        ...(parameters.tracing && { TracingConfiguration: { Enabled: true } }),
      },
    },
    SplitStatesRole: roleFor(trustIn('states', `stateMachine:${name}*`), 'split', [
      allow(['lambda:InvokeFunction'], getAtt('SplitLambdaFunction', 'Arn')),
      allow(['s3:GetObject'], inOutput),
      ...(parameters.dataKey === null ? [] : [usingKey(['kms:Decrypt'], parameters.dataKey)]),
      // A distributed map runs as executions of the machine itself, which it calls by `<name>/<label>`; by name, for the machine waits for this role.
      allow(['states:StartExecution'], arnHere('states', `stateMachine:${name}`)),
      allow(
        ['states:DescribeExecution', 'states:StopExecution'],
        [arnHere('states', `execution:${name}/*`), arnHere('states', `execution:${name}:*`)],
      ),
      ...(parameters.tracing ? [allow(CANNOT_BE_NARROWED.machineTracing, '*')] : []),
    ]),
    SplitRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: {
          source: ['aws.s3'],
          'detail-type': ['Object Created'],
          detail: {
            bucket: { name: [data.name] },
            object: {
              key: [{ prefix: DATA_PREFIXES.input }],
              size: [{ numeric: ['>=', parameters.splitMegabytes * MEGABYTE] }],
            },
          },
        },
        Targets: [
          {
            Id: 'split',
            Arn: { Ref: 'SplitStateMachine' },
            RoleArn: getAtt('SplitRuleRole', 'Arn'),
            ...patientTarget(),
          },
        ],
      },
    },
    // By the name that CloudFormation makes: the rule waits for this role.
    SplitRuleRole: roleFor(trustIn('events', `rule/\${AWS::StackName}-SplitRule-*`), 'start', [
      allow(['states:StartExecution'], { Ref: 'SplitStateMachine' }),
    ]),
  }
}

/**
 * The definition as text, for the deploy tool drops every null from an object; with the numbers that it leaves to
 * parameters, `"${param:<name>, <otherwise>}"`.
 */
function definitionWith(numbers: Readonly<Record<string, number>>): string {
  return JSON.stringify(definition).replaceAll(/"\$\{param:(\w+), (\d+)\}"/g, (_, name, otherwise) =>
    String(numbers[name] ?? otherwise),
  )
}

function roleFor(trust: CloudFormation, name: string, statements: readonly CloudFormation[]) {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: trust,
      Policies: [{ PolicyName: name, PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
    },
  }
}

function allow(actions: readonly string[], resource: CloudFormation): CloudFormation {
  return { Effect: 'Allow', Action: actions, Resource: resource }
}
