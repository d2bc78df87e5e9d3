import { at, type Json, type Template } from '../deploy/rules/template.ts'

/** Where a template is pretended to be deployed. */
const ACCOUNT = '123456789012'
export const REGION = 'us-east-1'

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::StackName': 'stack',
  'AWS::URLSuffix': 'amazonaws.com',
}

const ARNS: Readonly<Record<string, (name: string) => string>> = {
  'AWS::S3::Bucket': (name) => `arn:aws:s3:::${name}`,
  'AWS::SQS::Queue': (name) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`,
  'AWS::IAM::Role': (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
  'AWS::Lambda::Function': (name) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
  'AWS::StepFunctions::StateMachine': (name) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`,
}
const NAMES = ['BucketName', 'QueueName', 'RoleName', 'FunctionName', 'StateMachineName', 'TopicName']

/** A value of a template with its references and functions worked out, as CloudFormation would. */
export function resolve(template: Template, value: Json | undefined): Json {
  if (typeof value !== 'object' || value === null) return value ?? null
  if (Array.isArray(value)) return value.map((item) => resolve(template, item))
  const [[name, argument] = ['', null], ...more] = Object.entries(value)
  const known = more.length === 0 ? FUNCTIONS[name] : undefined
  if (known) return known(template, argument)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(template, inner)]))
}

/** A resource's own name, as AWS has it. */
export function nameOf(template: Template, id: string): string {
  const properties = template.Resources[id]?.Properties
  const named = NAMES.map((property) => at(properties, property)).find((name) => name !== undefined)
  return named === undefined ? id.toLowerCase() : String(resolve(template, named))
}

/** A resource's Amazon resource name; one that names nothing for kinds that are not run here. */
export function arnOf(template: Template, id: string): string {
  const make = ARNS[template.Resources[id]!.Type]
  return make ? make(nameOf(template, id)) : `arn:aws:other:${REGION}:${ACCOUNT}:${id}`
}

const FUNCTIONS: Readonly<Record<string, (template: Template, argument: Json) => Json>> = {
  Ref: (template, id) => PSEUDO[String(id)] ?? refOf(template, String(id)),
  'Fn::GetAtt': (template, argument) => {
    const [id, attribute] = Array.isArray(argument) ? argument : String(argument).split('.')
    return attribute === 'Arn' ? arnOf(template, String(id)) : nameOf(template, String(id))
  },
  'Fn::Join': (template, argument) => {
    const [by, items] = argument as readonly [string, Json]
    return (resolve(template, items) as readonly string[]).join(by)
  },
  'Fn::Sub': (template, argument) => {
    const [text, values] = Array.isArray(argument) ? argument : [argument, {}]
    return String(text).replaceAll(/\$\{([^}!]+)\}/g, (_, name: string) => {
      const given = at(values, name)
      if (given !== undefined) return String(resolve(template, given))
      return name.includes('.')
        ? String(FUNCTIONS['Fn::GetAtt']!(template, name))
        : String(FUNCTIONS.Ref!(template, name))
    })
  },
}

function refOf(template: Template, id: string): string {
  const isMachine = template.Resources[id]?.Type === 'AWS::StepFunctions::StateMachine'
  return isMachine ? arnOf(template, id) : nameOf(template, id)
}
