import {
  at,
  type Json,
  listOf,
  ofType,
  type Rule,
  type Template,
  type TemplateResource,
  targetOf,
} from './template.ts'

/** An HTTP API waits no longer. */
const HTTP_SECONDS = 30

const functions = (template: Template) => ofType(template, 'AWS::Lambda::Function')
const routes = (template: Template) => ofType(template, 'AWS::ApiGatewayV2::Route')
const routeKey = ({ Properties }: TemplateResource) => String(at(Properties, 'RouteKey'))

/** Rules on the functions and the API before them. */
export const functionRules: readonly Rule[] = [
  {
    sentence: 'The routes are exactly those of openapi.json.',
    check(template, { routes: expected }) {
      const found = routes(template).map(([, route]) => routeKey(route))
      return [
        ...expected.filter((route) => !found.includes(route)).map((route) => `${route} is missing`),
        ...found.filter((route) => !expected.includes(route)).map((route) => `${route} does not exist`),
      ]
    },
  },
  {
    sentence: 'Every route but the open ones asks for credentials.',
    check(template, { openRoutes }) {
      return routes(template)
        .filter(([, route]) => !openRoutes.includes(routeKey(route)))
        .filter(([, route]) => !asksAtTheDoor(route) && !asksForToken(template, route))
        .map(([, route]) => routeKey(route))
    },
  },
  {
    sentence: 'All routes ask in one way, and the open ones in none.',
    check(template, { openRoutes }) {
      const wayOf = ({ Properties }: TemplateResource) =>
        String(at(Properties, 'AuthorizationType') ?? 'NONE')
      const ways = routes(template)
        .filter(([, route]) => !openRoutes.includes(routeKey(route)))
        .map(([, route]) => wayOf(route))
      const open = routes(template)
        .filter(([, route]) => openRoutes.includes(routeKey(route)) && wayOf(route) !== 'NONE')
        .map(([, route]) => routeKey(route))
      return new Set(ways).size > 1 ? [...open, [...new Set(ways)].join(' and ')] : open
    },
  },
  {
    sentence: 'Requests are throttled.',
    check: (template) =>
      ofType(template, 'AWS::ApiGatewayV2::Stage')
        .filter(([, { Properties }]) => {
          const settings = at(Properties, 'DefaultRouteSettings')
          return !(
            Number(at(settings, 'ThrottlingRateLimit')) > 0 &&
            Number(at(settings, 'ThrottlingBurstLimit')) > 0
          )
        })
        .map(([id]) => id),
  },
  {
    sentence: 'Functions behind the API end before the API gives up.',
    check: (template) =>
      ofType(template, 'AWS::ApiGatewayV2::Integration')
        .map(([, integration]) => functionBehind(template, integration))
        .filter((id) => !(Number(at(template.Resources[id]?.Properties, 'Timeout')) < HTTP_SECONDS)),
  },
  {
    sentence: 'Functions have the layers of the runtime and the models, and the architecture of the former.',
    check(template) {
      const layers = ofType(template, 'AWS::Lambda::LayerVersion')
      const native = layers.flatMap(([, { Properties }]) => listOf(at(Properties, 'CompatibleArchitectures')))
      return functions(template).flatMap(([id, { Properties }]) => {
        const attached = listOf(at(Properties, 'Layers')).map(targetOf)
        const missing = layers.filter(([layer]) => !attached.includes(layer)).map(([layer]) => layer)
        const other = listOf(at(Properties, 'Architectures')).filter((name) => !native.includes(name))
        return [...missing, ...other].map((name) => `${id}: ${name}`)
      })
    },
  },
  {
    sentence: 'No secret is in the environment of a function.',
    check: (template) =>
      functions(template).flatMap(([id, { Properties }]) =>
        Object.keys(at(Properties, 'Environment', 'Variables') ?? {})
          .filter((name) => /(TOKEN|SECRET|PASSWORD|KEY)$/.test(name))
          .map((name) => `${id}: ${name}`),
      ),
  },
  {
    sentence: 'Models of another server are named beside it, reached by TLS, its key by its place.',
    check: (template) =>
      functions(template).flatMap(([id, { Properties }]) => {
        const settings: Record<string, string> = Object(at(Properties, 'Environment', 'Variables'))
        const { GENERATE_ENDPOINT: endpoint, GENERATE_MODELS: models } = settings
        const place = settings.GENERATE_ENDPOINT_KEY_SOURCE ?? 'ssm:'
        if (endpoint === undefined && models === undefined) return []
        const right = /^https:\/\/[^@]+$/.test(endpoint ?? '') && models && /^(ssm|secret):/.test(place)
        return right ? [] : [id]
      }),
  },
  {
    sentence: 'A judge of the default is named beside the server that has it, reached by TLS.',
    check: (template) =>
      functions(template).flatMap(([id, { Properties }]) => {
        const { JUDGE_MODEL, GENERATE_MODELS, GENERATE_ENDPOINT } = Object(
          at(Properties, 'Environment', 'Variables'),
        )
        if (JUDGE_MODEL === undefined) return []
        const names = String(GENERATE_MODELS).split(',')
        return names.includes(JUDGE_MODEL) && /^https:/.test(String(GENERATE_ENDPOINT)) ? [] : [id]
      }),
  },
  {
    sentence: 'A database of collections is named without a password, beside the place of one.',
    check: (template) =>
      functions(template).flatMap(([id, { Properties }]) => {
        const { COLLECTIONS, COLLECTIONS_PASSWORD_SOURCE } = Object(
          at(Properties, 'Environment', 'Variables'),
        )
        const isDatabase = /^postgres(ql)?:/.test(String(COLLECTIONS))
        const hasPassword = isDatabase && new URL(COLLECTIONS).password !== ''
        const isRight = isDatabase === (COLLECTIONS_PASSWORD_SOURCE !== undefined) && !hasPassword
        return isRight ? [] : [id]
      }),
  },
  {
    sentence: 'An address of a function asks for credentials, and leads to a bounded number of instances.',
    check: (template) =>
      ofType(template, 'AWS::Lambda::Url').flatMap(([id, { Properties }]) => {
        const behind = template.Resources[targetOf(at(Properties, 'TargetFunctionArn')) ?? '']
        const signed = at(Properties, 'AuthType') === 'AWS_IAM'
        return [
          ...(signed || hasToken(behind) ? [] : [`${id} is open`]),
          ...(Number(at(behind?.Properties, 'ReservedConcurrentExecutions')) > 0
            ? []
            : [`${id} has no bound`]),
        ]
      }),
  },
  {
    sentence: 'Everyone may call only a function that asks for the token itself, and by its address alone.',
    check: (template) =>
      ofType(template, 'AWS::Lambda::Permission')
        .filter(([, { Properties }]) => at(Properties, 'Principal') === '*')
        .filter(([, { Properties }]) => {
          const behind = template.Resources[targetOf(at(Properties, 'FunctionName')) ?? '']
          const byAddress =
            at(Properties, 'FunctionUrlAuthType') === 'NONE' ||
            at(Properties, 'InvokedViaFunctionUrl') === true
          return !(byAddress && hasToken(behind))
        })
        .map(([id]) => id),
  },
  {
    sentence: 'Everything that is referred to is there.',
    check: (template) =>
      Object.entries(template.Resources).flatMap(([id, resource]) =>
        referencesIn(resource)
          .filter((name) => !(name in template.Resources) && !name.startsWith('AWS::'))
          .map((name) => `${id} refers to ${name}`),
      ),
  },
  {
    sentence: 'No resource waits for itself.',
    check(template) {
      const waits = (id: string, path: readonly string[]): string[] =>
        path.includes(id)
          ? [[...path.slice(path.indexOf(id)), id].join(' → ')]
          : template.Resources[id]
            ? referencesIn(template.Resources[id]).flatMap((next) => waits(next, [...path, id]))
            : []
      return [...new Set(Object.keys(template.Resources).flatMap((id) => waits(id, [])))]
    },
  },
]

function asksAtTheDoor({ Properties }: TemplateResource): boolean {
  return ['JWT', 'AWS_IAM'].includes(String(at(Properties, 'AuthorizationType')))
}

function asksForToken(template: Template, { Properties }: TemplateResource): boolean {
  const integration = template.Resources[targetOf(at(Properties, 'Target', 'Fn::Join', 1, 1)) ?? '']
  const behind = template.Resources[integration ? functionBehind(template, integration) : '']
  return hasToken(behind)
}

function hasToken(behind: TemplateResource | undefined): boolean {
  return Boolean(at(behind?.Properties, 'Environment', 'Variables', 'AUTH_TOKEN_SOURCE'))
}

/** The function of an integration, which may name an alias of it. */
function functionBehind(template: Template, { Properties }: TemplateResource): string {
  const uri = at(Properties, 'IntegrationUri')
  const id = targetOf(uri) ?? targetOf(at(uri, 'Fn::Join', 1, 0)) ?? ''
  return id in template.Resources ? id : ''
}

/** The logical ids that a value refers to or waits for. */
function referencesIn(resource: TemplateResource): string[] {
  return [...listOf(resource.DependsOn).map(String), ...referencesBelow(resource.Properties)]
}

function referencesBelow(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesBelow)
  if (typeof value !== 'object' || value === null) return []
  const target = targetOf(value)
  const template = at(value, 'Fn::Sub')
  const named =
    typeof template === 'string' ? Array.from(template.matchAll(/\$\{(\w[\w:]*)/g), ([, name]) => name!) : []
  return [...(target ? [target] : []), ...named, ...Object.values(value).flatMap(referencesBelow)]
}
