/** JSON as it is read. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** A resource of a template that was made. */
export interface TemplateResource {
  readonly Type: string
  readonly Properties?: Json
  readonly DependsOn?: Json
  readonly [attribute: string]: Json | undefined
}

/** A CloudFormation template that was made. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>
  readonly Outputs?: Readonly<Record<string, Json>>
}

/** What was deployed, as far as the template alone does not tell. */
export interface Expectations {
  /** Routes that are described in openapi.json, such as `GET /v1/models/{model}`. */
  readonly routes: readonly string[]
  /** Those among them that ask for no credentials. */
  readonly openRoutes: readonly string[]
}

/** A sentence that every deployment is to make true. */
export interface Rule {
  readonly sentence: string
  /** The places where it is not true, each in some words. */
  check(template: Template, expectations: Expectations): readonly string[]
}

/** A permission or its opposite, in the policy of a role, a bucket or a queue. */
export interface PolicyStatement {
  /** The logical id of the resource whose policy it is. */
  readonly owner: string
  readonly type: string
  readonly effect: string
  readonly actions: readonly Json[]
  readonly resources: readonly Json[]
  readonly principal: Json | undefined
  readonly condition: Json | undefined
}

/** The value at a path of names; undefined where there is none. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let inner: Json | undefined = value
  for (const name of path) {
    if (typeof inner !== 'object' || inner === null) return undefined
    inner = (inner as Readonly<Record<string, Json>>)[name]
  }
  return inner
}

/** A value as a list: a list itself, nothing as none, anything else as its only item. */
export function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value as Json]
}

/** The resources of a type, with their ids. */
export function ofType(template: Template, type: string): [string, TemplateResource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type)
}

/** The logical id that `Ref` or `Fn::GetAtt` leads to, or `Fn::Sub` with nothing but one of them. */
export function targetOf(value: Json | undefined): string | undefined {
  const filledIn = /^\$\{(\w+)(\.\w+)?\}$/.exec(String(at(value, 'Fn::Sub')))?.[1]
  const target = at(value, 'Ref') ?? at(value, 'Fn::GetAtt', 0) ?? filledIn
  return typeof target === 'string' ? target : undefined
}

/** Every statement of every policy. */
export function statementsOf(template: Template): PolicyStatement[] {
  return Object.entries(template.Resources).flatMap(([owner, { Type: type, Properties }]) => {
    const documents = [
      at(Properties, 'PolicyDocument'),
      at(Properties, 'AssumeRolePolicyDocument'),
      ...listOf(at(Properties, 'Policies')).map((policy) => at(policy, 'PolicyDocument')),
    ]
    return documents.flatMap((document) =>
      listOf(at(document, 'Statement')).map((statement) => ({
        owner,
        type,
        effect: String(at(statement, 'Effect')),
        actions: listOf(at(statement, 'Action')),
        resources: listOf(at(statement, 'Resource')),
        principal: at(statement, 'Principal'),
        condition: at(statement, 'Condition'),
      })),
    )
  })
}
