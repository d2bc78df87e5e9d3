import { SENT_HEADERS } from '../../src/http/header-names.ts'
import { corsOf } from './cors.ts'
import type { Deployment } from './deployment.ts'
import { environmentOf, handlerOf, mountOf, networkOf } from './functions.ts'
import type { Parameters } from './parameters.ts'
import { httpEventsOf } from './routes.ts'

/** Where the runtime of language models is built, and found by the program in the package. */
export const LLAMA_FOLDER = 'layers/llm'

/**
 * The function of language models, as `serverless.yml` would have it; undefined where it is not wanted. Its runtime is in
 * its own package, so that no other function is any larger. A URL of its own streams; it asks for signed requests, or the
 * function asks for the token: an open one is refused among the contradictions.
 */
export function generateFunctionOf(deployment: Deployment): Readonly<Record<string, unknown>> | undefined {
  const { parameters } = deployment
  if (!parameters.generate) return undefined
  const [network, mount] = [networkOf(parameters), mountOf(parameters)]
  return {
    description: 'Conversations with language models',
    handler: handlerOf(deployment, 'generate'),
    memorySize: parameters.generateMemory,
    timeout: parameters.generateTimeout,
    ephemeralStorageSize: parameters.generateStorage,
    ...(parameters.generateReserved !== null && { reservedConcurrency: parameters.generateReserved }),
    role: 'GenerateRole',
    layers: [{ Ref: 'OnnxruntimeLambdaLayer' }, { Ref: 'ModelsLambdaLayer' }],
    ...(network && { vpc: network }),
    ...(mount && { fileSystemConfig: mount }),
    environment: environmentOf(deployment, 'generate'),
    package: {
      patterns: [
        ...['dist/generate.js', 'dist/llama.js', 'dist/later/*', '!dist/later/sqs-client.js'],
        ...['dist/package.json', `${LLAMA_FOLDER}/**`],
      ],
    },
    ...(parameters.generateDoor === 'url'
      ? { url: urlOf(parameters) }
      : { events: httpEventsOf(deployment, 'generate') }),
  }
}

function urlOf({ auth, corsOrigins }: Parameters) {
  const cors = corsOrigins && corsOf(corsOrigins)
  return {
    invokeMode: 'RESPONSE_STREAM',
    ...(auth === 'iam' && { authorizer: 'aws_iam' }),
    // A URL answers the questions of browsers itself, and knows no method of more than six letters.
    ...(cors && {
      cors: { ...cors, allowedMethods: ['GET', 'POST'], exposedResponseHeaders: [...SENT_HEADERS] },
    }),
  }
}
