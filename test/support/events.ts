import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda'

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../fixtures/events/${name}.json`), 'utf8'))
}

/** `POST /embed` through an HTTP API with the stage `prod`. */
export const httpApiEvent = (parts: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 => ({
  ...(read('http-api') as APIGatewayProxyEventV2),
  ...parts,
})

/** `POST /v1/embeddings` through a function URL, its body in base64. */
export const functionUrlEvent = (parts: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 => ({
  ...(read('function-url') as APIGatewayProxyEventV2),
  ...parts,
})

/** `POST /embed` with two inputs through a REST API. */
export const restApiEvent = (parts: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent => ({
  ...(read('rest-api') as APIGatewayProxyEvent),
  ...parts,
})
