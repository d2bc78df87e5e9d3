import { documentation } from '../../src/http/documentation/documentation.ts'
import type { Deployment, FunctionName } from './deployment.ts'
import type { Parameters } from './parameters.ts'

/** A route of the HTTP API, as `serverless.yml` writes it. */
interface HttpEvent {
  readonly httpApi: {
    readonly method: string
    readonly path: string
    readonly authorizer?: { readonly name: string } | { readonly type: 'aws_iam' }
  }
}

/** What the code serves and describes in /openapi.json. */
const ROUTES: readonly string[] = Object.keys(documentation)
/** What the door of language models alone serves, which has the others as well and is asked for none of them. */
const CHAT_ROUTE = 'POST /v1/chat/completions'

/** Routes that ask for no credentials: what a monitor and a new user look at first. */
export const OPEN_ROUTES: readonly string[] = ['GET /health', 'GET /openapi.json', 'GET /ready']

/** The name of the authorizer of `auth=jwt`. */
export const JWT_AUTHORIZER = 'jwt'

const MATCH_PATHS = /^\/(match|collections)\b/

/** The routes that lead to one of the functions: exactly those that the code serves, each with its authorizer. */
export function httpEventsOf({ parameters }: Deployment, name: FunctionName): HttpEvent[] {
  const routes = name === 'generate' ? [CHAT_ROUTE] : ROUTES.filter((route) => name === functionOf(route))
  return routes.map((route) => {
    const [method, path] = route.split(' ') as [string, string]
    const authorizer = OPEN_ROUTES.includes(route) ? undefined : authorizerOf(parameters)
    return {
      httpApi: { method, path: path.replaceAll(/:(\w+)/g, '{$1}'), ...(authorizer && { authorizer }) },
    }
  })
}

function functionOf(route: string): FunctionName {
  return MATCH_PATHS.test(route.split(' ')[1]!) ? 'match' : 'embed'
}

/** The function itself asks for a token: API Gateway knows no secrets. */
function authorizerOf({ auth }: Parameters): HttpEvent['httpApi']['authorizer'] {
  if (auth === 'jwt') return { name: JWT_AUTHORIZER }
  return auth === 'iam' ? { type: 'aws_iam' } : undefined
}
