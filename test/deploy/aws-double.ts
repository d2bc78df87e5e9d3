import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Stands in for the parts of AWS that the deploy tool speaks to: takes stacks at their word and keeps what is uploaded.
 * It proves the tool's own way from a checkout to a stack and back, and nothing about CloudFormation.
 */
interface AwsDouble {
  readonly endpoint: string
  /** Sizes of what is in the deployment bucket, by key. */
  readonly objects: ReadonlyMap<string, number>
  /** What is in Systems Manager, by name. */
  readonly parameters: ReadonlyMap<string, KeptParameter>
  /** Everything that was uploaded or sent, but to Systems Manager. */
  readonly bodies: readonly string[]
  /** Actions of CloudFormation, in order. */
  readonly actions: readonly string[]
  close(): void
}

/** A parameter as it was put. */
interface KeptParameter {
  readonly Name: string
  readonly Type: string
  readonly Value: string
}

const BUCKET = 'deployment-bucket'
const STACK_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/stack/1'
const CLOUDFORMATION = 'xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"'
const S3 = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

interface Answer {
  readonly status: number
  readonly body: string
}

const answer = (body: string, status = 200): Answer => ({ status, body })

/** Starts the double on a free port. */
export async function startAwsDouble(): Promise<AwsDouble> {
  const objects = new Map<string, number>()
  const actions: string[] = []
  const parameters = new Map<string, KeptParameter>()
  const bodies: string[] = []
  const stack = createStack()
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    respond(response, answerTo(request, body, { objects, actions, stack, parameters, bodies }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    parameters,
    bodies,
    actions,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

interface World {
  readonly objects: Map<string, number>
  readonly actions: string[]
  readonly parameters: Map<string, KeptParameter>
  readonly bodies: string[]
  readonly stack: ReturnType<typeof createStack>
}

function respond(response: ServerResponse, { status, body }: Answer): void {
  const json = body.startsWith('{')
  response.writeHead(status, {
    'content-type': json ? 'application/x-amz-json-1.1' : 'text/xml',
    etag: '"0"',
  })
  response.end(body)
}

function answerTo(request: IncomingMessage, body: Buffer, world: World): Answer {
  const { objects, actions, stack, bodies } = world
  const service = /\/([\w-]+)\/aws4_request/.exec(request.headers.authorization ?? '')?.[1]
  if (service === 'ssm') return answerOfSystems(request, body, world)
  bodies.push(body.toString('latin1'))
  if (service === 'lambda') return answer('{"AccountLimit":{"ConcurrentExecutions":1000}}')
  if (service === 's3') return answerOfS3(request, body, objects)
  if (service === 'cloudformation') {
    const question = new URLSearchParams(body.toString())
    actions.push(question.get('Action')!)
    return stack.answer(question)
  }
  if (service === 'sts') {
    const identity =
      '<Arn>arn:aws:iam::123456789012:user/u</Arn><UserId>u</UserId><Account>123456789012</Account>'
    const result = `<GetCallerIdentityResult>${identity}</GetCallerIdentityResult>`
    return answer(`<GetCallerIdentityResponse>${result}</GetCallerIdentityResponse>`)
  }
  if (service === 'ecr') return answer('{"__type":"RepositoryNotFoundException","message":"none"}', 400)
  return answer('{"__type":"ResourceNotFoundException","message":"none"}', 404)
}

function answerOfSystems({ headers }: IncomingMessage, body: Buffer, { parameters }: World): Answer {
  const asked = JSON.parse(body.toString()) as KeptParameter
  const refused = (type: string) => answer(`{"__type":"${type}","message":"no"}`, 400)
  if (headers['x-amz-target'] === 'AmazonSSM.PutParameter') {
    if (parameters.has(asked.Name)) return refused('ParameterAlreadyExists')
    parameters.set(asked.Name, asked)
    return answer('{"Version":1}')
  }
  return parameters.delete(asked.Name) ? answer('{}') : refused('ParameterNotFound')
}

/** Buckets that the doctor asks for, by what becomes of the question. */
const BUCKETS: Readonly<Record<string, Answer>> = {
  absent: answer('', 404),
  forbidden: answer('', 403),
  telling: answer(`<NotificationConfiguration ${S3}><EventBridgeConfiguration/></NotificationConfiguration>`),
  silent: answer(`<NotificationConfiguration ${S3}/>`),
}

function answerOfS3(
  { method, url = '' }: IncomingMessage,
  body: Buffer,
  objects: Map<string, number>,
): Answer {
  const { pathname, searchParams: query } = new URL(url, 'http://s3')
  const [, bucket = ''] = pathname.split('/')
  const state = BUCKETS[bucket]
  if (state !== undefined && (method === 'HEAD' || query.has('notification'))) return state
  const key = decodeURIComponent(pathname.split('/').slice(2).join('/'))
  const add = (bytes: number) => objects.set(key, (objects.get(key) ?? 0) + bytes)
  const listed = (form: (key: string, bytes: number) => string) =>
    `<IsTruncated>false</IsTruncated>${Array.from(objects, ([name, bytes]) => form(name, bytes)).join('')}`
  if (method === 'PUT') add(body.length)
  if (query.has('uploads')) {
    return answer(
      `<InitiateMultipartUploadResult ${S3}><UploadId>1</UploadId></InitiateMultipartUploadResult>`,
    )
  }
  if (method === 'POST' && query.has('uploadId')) {
    return answer(
      `<CompleteMultipartUploadResult ${S3}><Key>${key}</Key><ETag>0</ETag></CompleteMultipartUploadResult>`,
    )
  }
  if (query.has('delete')) {
    for (const [, name] of body.toString().matchAll(/<Key>([^<]+)/g)) objects.delete(name!)
    return answer(`<DeleteResult ${S3}/>`)
  }
  if (query.has('versions')) {
    const entries = listed((name) => `<Version><Key>${name}</Key><VersionId>1</VersionId></Version>`)
    return answer(`<ListVersionsResult ${S3}>${entries}</ListVersionsResult>`)
  }
  if (query.has('list-type')) {
    const entries = listed((name, bytes) => `<Contents><Key>${name}</Key><Size>${bytes}</Size></Contents>`)
    return answer(`<ListBucketResult ${S3}>${entries}</ListBucketResult>`)
  }
  return answer('')
}

/** One stack, whose changes are done at once. */
function createStack() {
  let name: string | undefined
  let status = ''
  const events: string[] = []
  const happen = (action: 'CREATE' | 'UPDATE' | 'DELETE') => {
    status = `${action}_COMPLETE`
    for (const state of [`${action}_IN_PROGRESS`, status]) {
      const identity = `<StackId>${STACK_ID}</StackId><StackName>${name}</StackName><LogicalResourceId>${name}</LogicalResourceId>`
      const what = `<ResourceType>AWS::CloudFormation::Stack</ResourceType><ResourceStatus>${state}</ResourceStatus>`
      events.unshift(`<member>${identity}<EventId>${events.length}</EventId>${what}</member>`)
    }
  }
  const results: Readonly<Record<string, (question: URLSearchParams) => string>> = {
    DescribeStacks: () => {
      const output = `<Outputs><member><OutputKey>HttpApiUrl</OutputKey><OutputValue>https://api.example</OutputValue></member></Outputs>`
      return `<Stacks><member><StackId>${STACK_ID}</StackId><StackName>${name}</StackName><StackStatus>${status}</StackStatus>${output}</member></Stacks>`
    },
    CreateChangeSet(question) {
      name = question.get('StackName')!
      status = `${question.get('ChangeSetType')}_PENDING`
      return `<Id>1</Id><StackId>${STACK_ID}</StackId>`
    },
    DescribeChangeSet: () => '<Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus>',
    ExecuteChangeSet() {
      happen(status.startsWith('CREATE') ? 'CREATE' : 'UPDATE')
      return ''
    },
    DeleteStack() {
      happen('DELETE')
      return ''
    },
    DescribeStackEvents: () => `<StackEvents>${events.join('')}</StackEvents>`,
    DescribeStackResource: () =>
      `<StackResourceDetail><PhysicalResourceId>${BUCKET}</PhysicalResourceId></StackResourceDetail>`,
  }
  return {
    answer(question: URLSearchParams): Answer {
      const action = question.get('Action')!
      if (action === 'DescribeStacks' && name === undefined) {
        const message = `Stack with id ${question.get('StackName')} does not exist`
        const error = `<Error><Code>ValidationError</Code><Message>${message}</Message></Error>`
        return answer(`<ErrorResponse ${CLOUDFORMATION}>${error}</ErrorResponse>`, 400)
      }
      const result = results[action]?.(question) ?? ''
      return answer(
        `<${action}Response ${CLOUDFORMATION}><${action}Result>${result}</${action}Result></${action}Response>`,
      )
    },
  }
}
