import type { Parameters } from './parameters.ts'

/** What is to be deployed: everything that the rest of the stack is decided from. */
export interface Deployment {
  /** The service as `serverless.yml` names it. */
  readonly service: string
  readonly stage: string
  readonly parameters: Parameters
}

/** A value of CloudFormation: JSON, or a function of it such as `Ref`. */
export type CloudFormation =
  | string
  | number
  | boolean
  | readonly CloudFormation[]
  | { readonly [name: string]: CloudFormation }

/** A resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, CloudFormation>>
  readonly DependsOn?: string | readonly string[]
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}

/** Resources by logical id. */
export type Resources = Readonly<Record<string, Resource>>

/** The functions that a stack may have; the last two are there only where the parameters of their names say so. */
export const FUNCTIONS = ['embed', 'match', 'batch', 'split', 'train', 'generate'] as const
/** One of {@link FUNCTIONS}. */
export type FunctionName = (typeof FUNCTIONS)[number]

/** The functions that this deployment has. */
export function functionsOf({ parameters }: Deployment): FunctionName[] {
  return FUNCTIONS.filter((name) => (name !== 'train' && name !== 'generate') || parameters[name])
}

/** The resource attribute `attribute` of `logicalId`. */
export function getAtt(logicalId: string, attribute: string): CloudFormation {
  return { 'Fn::GetAtt': [logicalId, attribute] }
}

/** Text with `${AWS::…}` and logical ids filled in by CloudFormation. */
export function sub(template: string): CloudFormation {
  return { 'Fn::Sub': template }
}

/** The ARN of something of this account in this region. */
export function arnHere(service: string, resource: string): CloudFormation {
  return sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`)
}
