import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startMoto } from '../../scripts/servers/moto-server.ts'
import { createCheckout } from '../deploy/packages.ts'
import { at, listOf, type Template } from '../deploy/rules/template.ts'
import { type Bucket, openBucket } from '../proof/world.ts'
import { bundleAllDoors } from '../support/bundles.ts'
import { shippedFolder } from '../support/shipped-model.ts'
import { callForm } from './call.ts'
import { type Door, type Functions, startFunctions } from './functions.ts'
import { nameOf, REGION, resolve } from './resolve.ts'

/** The parts of a packaged template that moto and this machine can run. */
export interface Stack {
  readonly endpoint: string
  readonly template: Template
  readonly functions: Functions
  readonly data: Bucket
  /** A function with what the template tells it, and more. */
  door(name: string, more?: Readonly<Record<string, string>>): Door
  /** The keys of a role of the template, as its function has them. */
  assume(role: string): Promise<Readonly<Record<string, string>>>
  /** From now on every call is held against the policies of its caller. */
  enforce(): Promise<void>
  close(): void
}

const KEYS = { accessKeyId: 'a', secretAccessKey: 'b' }
/** Files are cut into ranges of so many bytes here, that a small one has several. */
const RANGE_BYTES = 20_000

/** Packages the template and makes its buckets and roles in moto; functions run on this machine. */
export async function openStack(python: string): Promise<Stack> {
  const template = packTemplate()
  const bundles = await bundleAllDoors()
  const doors = new Map<string, Door>()
  const functions = await startFunctions(doors)
  const { endpoint, close } = await startMoto(python, { FUNCTIONS_ENDPOINT: functions.endpoint })
  const data = openBucket({ endpoint, ...KEYS }, nameOf(template, 'DataBucket'))
  await createBuckets(endpoint, template)
  await createRoles(endpoint, template)
  const door = (name: string, more: Readonly<Record<string, string>> = {}): Door => {
    const id = `${name[0]!.toUpperCase()}${name.slice(1)}LambdaFunction`
    const told = at(template.Resources[id]!.Properties, 'Environment', 'Variables') ?? {}
    const environment = {
      ...(resolve(template, told) as Record<string, string>),
      ...{ MODEL_SOURCES: shippedFolder, RANGE_BYTES: String(RANGE_BYTES), AWS_REGION: REGION },
      ...{ AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: endpoint, AWS_ENDPOINT_URL_SQS: endpoint },
      ...{ AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey },
      ...{ AWS_LAMBDA_FUNCTION_NAME: nameOf(template, id), AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769', ...more },
    }
    return { program: bundles.path(`${name}.js`), environment }
  }
  doors.set(nameOf(template, 'SplitLambdaFunction'), door('split'))
  return {
    ...{ endpoint, template, functions, data, door },
    assume: (role) => assume(endpoint, template, role),
    async enforce() {
      await fetch(`${endpoint}/moto-api/reset-auth`, { method: 'POST', body: '0' })
    },
    close() {
      data.close()
      functions.close()
      close()
      bundles.remove()
    },
  }
}

function packTemplate(): Template {
  const checkout = createCheckout('x64')
  checkout.lighten()
  const { status, output, template } = checkout.pack('dev')
  if (status !== 0) throw new Error(output)
  const packed = template()
  checkout.remove()
  return packed
}

async function createBuckets(endpoint: string, template: Template): Promise<void> {
  const client = new S3Client({ endpoint, credentials: KEYS, region: REGION, forcePathStyle: true })
  for (const [id, { Type }] of Object.entries(template.Resources)) {
    if (Type !== 'AWS::S3::Bucket') continue
    await client.send(new CreateBucketCommand({ Bucket: nameOf(template, id) }))
  }
  client.destroy()
}

async function createRoles(endpoint: string, template: Template): Promise<void> {
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type !== 'AWS::IAM::Role') continue
    const RoleName = nameOf(template, id)
    const trust = JSON.stringify(resolve(template, at(Properties, 'AssumeRolePolicyDocument')))
    await callForm(endpoint, 'iam', 'CreateRole', { RoleName, AssumeRolePolicyDocument: trust })
    for (const policy of listOf(at(Properties, 'Policies'))) {
      await callForm(endpoint, 'iam', 'PutRolePolicy', {
        RoleName,
        PolicyName: String(at(policy, 'PolicyName')),
        PolicyDocument: JSON.stringify(resolve(template, at(policy, 'PolicyDocument'))),
      })
    }
  }
}

async function assume(endpoint: string, template: Template, role: string) {
  const answer = await callForm(endpoint, 'sts', 'AssumeRole', {
    Version: '2011-06-15',
    RoleArn: String(resolve(template, { 'Fn::GetAtt': [role, 'Arn'] })),
    RoleSessionName: 'function',
  })
  const read = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(answer)![1]!
  return {
    AWS_ACCESS_KEY_ID: read('AccessKeyId'),
    AWS_SECRET_ACCESS_KEY: read('SecretAccessKey'),
    AWS_SESSION_TOKEN: read('SessionToken'),
  }
}
