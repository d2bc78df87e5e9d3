import { CANNOT_BE_NARROWED } from '../../../scripts/deploy/roles.ts'
import {
  at,
  type Json,
  listOf,
  ofType,
  type PolicyStatement,
  type Rule,
  statementsOf,
  type Template,
  targetOf,
} from './template.ts'

const UNNARROWED: readonly unknown[] = Object.values(CANNOT_BE_NARROWED).flat()

/** Rules on who may do what. */
export const permissionRules: readonly Rule[] = [
  {
    sentence: 'No name of a resource says in which partition of AWS it is.',
    check: (template) =>
      Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) =>
        textsIn(Properties)
          .filter((text) => /\barn:aws[\w-]*:/.test(text) && !isGiven(Type, text))
          .map((text) => `${id}: ${/\barn:aws[^"\s]*/.exec(text)![0]}`),
      ),
  },
  {
    sentence: 'Each function has a role of its own.',
    check(template) {
      const roles = ofType(template, 'AWS::Lambda::Function').map(([id, { Properties }]) => ({
        id,
        role: targetOf(at(Properties, 'Role')),
      }))
      return roles
        .filter(({ id, role }) => !role || roles.some((other) => other.id !== id && other.role === role))
        .map(({ id, role }) => `${id} has the role ${role ?? 'of somebody else'}`)
    },
  },
  {
    sentence: 'Roles hold policies of their own, none that AWS manages.',
    check: (template) =>
      ofType(template, 'AWS::IAM::Role')
        .filter(([, { Properties }]) => listOf(at(Properties, 'ManagedPolicyArns')).length > 0)
        .map(([id]) => id),
  },
  {
    sentence: 'No policy allows actions by a wildcard.',
    check: (template) =>
      allowing(template).flatMap(({ owner, actions }) =>
        actions.filter((action) => String(action).includes('*')).map((action) => `${owner}: ${action}`),
      ),
  },
  {
    sentence: 'No policy allows something for all resources that AWS can narrow.',
    check: (template) =>
      allowing(template)
        .filter(({ resources }) => resources.some(isEverything))
        .flatMap(({ owner, actions }) =>
          actions.filter((action) => !UNNARROWED.includes(action)).map((action) => `${owner}: ${action}`),
        ),
  },
  {
    sentence: 'No policy lets everyone in.',
    check: (template) =>
      allowing(template)
        .filter(({ principal }) => isEveryone(principal))
        .map(({ owner }) => owner),
  },
  {
    sentence: 'A service that may send to a queue does so for one source of this account.',
    check: (template) =>
      allowing(template)
        .filter(({ type }) => type === 'AWS::SQS::QueuePolicy')
        .filter(
          ({ condition }) =>
            !at(condition, 'ArnEquals', 'aws:SourceArn') ||
            !at(condition, 'StringEquals', 'aws:SourceAccount'),
        )
        .map(({ owner }) => owner),
  },
  {
    sentence: 'A service that names the account takes a role for this one alone.',
    check: (template) =>
      allowing(template)
        .filter(({ actions, principal }) => actions.includes('sts:AssumeRole') && !isLambda(principal))
        .filter(({ condition }) => !at(condition, 'StringEquals', 'aws:SourceAccount'))
        .map(({ owner }) => owner),
  },
  {
    sentence: 'A role lists a bucket below some prefixes, or reads all of its objects.',
    check: (template) =>
      allowing(template)
        .filter(({ actions }) => actions.includes('s3:ListBucket'))
        .filter(({ condition }) => listOf(at(condition, 'StringLike', 's3:prefix')).length === 0)
        .flatMap(({ owner, resources }) =>
          resources.filter((bucket) => !readsAll(template, owner, bucket)).map(() => owner),
        ),
  },
  {
    sentence: 'A key is used through the service alone whose data it guards.',
    check: (template) =>
      allowing(template)
        .filter(({ actions }) => actions.some((action) => String(action).startsWith('kms:')))
        .filter(({ condition }) => !at(condition, 'StringEquals', 'kms:ViaService'))
        .map(({ owner }) => owner),
  },
  {
    sentence: 'A function may read the secrets that its environment names, and no other.',
    check: (template) =>
      ofType(template, 'AWS::Lambda::Function').flatMap(([id, { Properties }]) => {
        const role = targetOf(at(Properties, 'Role'))
        const variables = Object.entries(at(Properties, 'Environment', 'Variables') ?? {})
        const named = variables.flatMap(([name, value]) => (name.endsWith('_SOURCE') ? [arnOf(value)] : []))
        const allowed = allowing(template).flatMap(({ owner, actions, resources }) =>
          owner === role && actions.some((action) => SECRETS.includes(action))
            ? resources.map((resource) => String(at(resource, 'Fn::Sub')))
            : [],
        )
        return [
          ...named.filter((arn) => !allowed.includes(arn)).map((arn) => `${id} may not read ${arn}`),
          ...allowed.filter((arn) => !named.includes(arn)).map((arn) => `${id} may read ${arn}`),
        ]
      }),
  },
]

const SECRETS: readonly unknown[] = ['ssm:GetParameter', 'secretsmanager:GetSecretValue']

/** The resource of `ssm:/name` or `secret:name`, as policies name it. */
function arnOf(source: Json | undefined): string {
  const [, kind, name] = /^(ssm|secret):\/?(.*)$/.exec(String(source)) ?? []
  const here = (service: string) => `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}`
  return kind === 'ssm'
    ? `${here('ssm')}:parameter/${name}`
    : `${here('secretsmanager')}:secret:${name}-??????`
}

/** Whether a role may read every object of a bucket. */
function readsAll(template: Template, role: string, bucket: Json): boolean {
  const name = at(bucket, 'Fn::Sub')
  return allowing(template).some(
    ({ owner, actions, resources }) =>
      owner === role &&
      actions.includes('s3:GetObject') &&
      resources.some((resource) => name !== undefined && at(resource, 'Fn::Sub') === `${name}/*`),
  )
}

/** Every text below a value, the definition of a state machine in one piece. */
function textsIn(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** Operators give whole names of topics and keys, with the partition that these are in. */
function isGiven(type: string, text: string): boolean {
  return /^arn:aws[\w-]*:(sns|kms):/.test(text) && type !== 'AWS::StepFunctions::StateMachine'
}

function allowing(template: Template): PolicyStatement[] {
  return statementsOf(template).filter(({ effect }) => effect === 'Allow')
}

/** A resource that no name narrows: `*`, or the name of a service with a wildcard for all else. */
function isEverything(resource: PolicyStatement['resources'][number]): boolean {
  const text = String(at(resource, 'Fn::Sub') ?? at(resource, 'Fn::Join', 1) ?? resource)
  return text === '*' || /^arn:[^:]*:[^:]*:[^:]*:[^:]*:+\*/.test(text.replace(/\$\{[^}]*\}/g, ''))
}

function isLambda(principal: PolicyStatement['principal']): boolean {
  return at(principal, 'Service') === 'lambda.amazonaws.com'
}

function isEveryone(principal: PolicyStatement['principal']): boolean {
  return principal === '*' || listOf(at(principal, 'AWS')).includes('*')
}
