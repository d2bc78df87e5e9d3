import { SENT_HEADERS } from '../../src/http/header-names.ts'
import { dashboardResources } from '../dashboard/dashboard.ts'
import { alarmResources } from './alarms.ts'
import { bucketResources, dataBucketOf, HOUSEKEEPING } from './buckets.ts'
import { corsOf } from './cors.ts'
import { type CloudFormation, type Deployment, type FunctionName, functionsOf } from './deployment.ts'
import { environmentOf, handlerOf, mountOf, networkOf, trainFunctionOf } from './functions.ts'
import { generateFunctionOf } from './generate-function.ts'
import type { Parameters } from './parameters.ts'
import { queueResources } from './queues.ts'
import { roleResources } from './roles.ts'
import { httpEventsOf, JWT_AUTHORIZER } from './routes.ts'
import { splitResources } from './state-machine.ts'

/** What `serverless.yml` asks for as `${deployment:<path>}`. Undefined where there is nothing to say. */
export function describeStack(deployment: Deployment): Readonly<Record<string, unknown>> {
  const { parameters } = deployment
  const each = <Value>(describe: (name: FunctionName) => Value) =>
    Object.fromEntries(functionsOf(deployment).map((name) => [name, describe(name)]))
  const architecture = parameters.architecture === 'x64' ? 'x86_64' : 'arm64'
  return {
    architecture,
    architectures: [architecture],
    runtime: parameters.runtime,
    handler: each((name) => handlerOf(deployment, name)),
    environment: each((name) => environmentOf(deployment, name)),
    events: each((name) => httpEventsOf(deployment, name)),
    reserved: present({
      embed: parameters.embedReserved,
      match: parameters.matchReserved,
      batch: parameters.batchReserved,
      split: parameters.splitReserved,
    }),
    provisioned: present({ embed: parameters.embedProvisioned, match: parameters.matchProvisioned }),
    train: trainFunctionOf(deployment),
    generate: generateFunctionOf(deployment),
    network: networkOf(parameters),
    mount: mountOf(parameters),
    httpApi: httpApiOf(parameters),
    resources: resourcesOf(deployment),
  }
}

function present(values: Readonly<Record<string, number | null>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
}

function httpApiOf({ corsOrigins, auth, jwtIssuer, jwtAudience }: Parameters) {
  return {
    payload: '2.0',
    metrics: false,
    ...(corsOrigins && {
      cors: {
        ...corsOf(corsOrigins),
        allowedMethods: ['GET', 'POST', 'OPTIONS'],
        // Its own id is the API's, for those who ask AWS about a request.
        exposedResponseHeaders: [...SENT_HEADERS, 'apigw-requestid'],
      },
    }),
    ...(auth === 'jwt' && {
      authorizers: {
        [JWT_AUTHORIZER]: {
          type: 'jwt',
          identitySource: '$request.header.Authorization',
          issuerUrl: jwtIssuer,
          audience: jwtAudience,
        },
      },
    }),
  }
}

function resourcesOf(deployment: Deployment) {
  const { rateLimit, burstLimit, train } = deployment.parameters
  return {
    Resources: {
      ...bucketResources(deployment),
      ...queueResources(deployment),
      ...roleResources(deployment),
      ...alarmResources(deployment),
      ...dashboardResources(deployment),
      ...splitResources(deployment),
    },
    Outputs: {
      DataBucketName: output('Files to be worked on go to input/', dataBucketOf(deployment).name),
      BatchQueueUrl: output('The queue of files', { Ref: 'BatchQueue' }),
      SplitStateMachineArn: output('What splits large files', { Ref: 'SplitStateMachine' }),
      BatchDeadLettersUrl: output('The queue of files that failed', { Ref: 'BatchDeadLetters' }),
      ...(train && {
        TrainQueueUrl: output('The queue of learning jobs', { Ref: 'TrainQueue' }),
        TrainDeadLettersUrl: output('The queue of learning jobs that failed', { Ref: 'TrainDeadLetters' }),
      }),
    },
    extensions: {
      // What each deployment replaces is kept for a month, as in the other buckets.
      ServerlessDeploymentBucket: { Properties: { LifecycleConfiguration: { Rules: HOUSEKEEPING } } },
      HttpApiStage: {
        Properties: {
          DefaultRouteSettings: {
            // Metrics of each route cost up to $25 a month, and nothing reads them: those of the whole API are free.
            DetailedMetricsEnabled: false,
            ThrottlingRateLimit: rateLimit,
            ThrottlingBurstLimit: burstLimit,
          },
        },
      },
    },
  }
}

function output(description: string, value: CloudFormation) {
  return { Description: description, Value: value }
}
