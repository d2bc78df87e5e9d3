import { AppError } from '../../src/errors.ts'
import { didYouMean } from '../../src/nearest.ts'
import { parseSecretSource, SECRET_FORMS } from '../../src/storage/secret-source.ts'
import { parseSource, SOURCE_FORMS } from '../../src/storage/source.ts'
import { COLLECTION_PLACE } from './collection-place.ts'
import { GENERATE } from './generate.ts'
import { flag, integer, type Kind, list, numberOf, oneOf, optional, text } from './kinds.ts'

const memory = integer(128, 10_240)
const storage = integer(512, 10_240)
const reserved = optional(integer(0, 10_000))
const provisioned = optional(integer(1, 10_000))
/** As S3 names them: no dots side by side or beside hyphens, and no IP address. */
const bucket = /^(?!.*(\.\.|\.-|-\.))(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const key = text(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'the ARN of a KMS key')
const secretSource: Kind<string> = {
  expected: SECRET_FORMS,
  read: (given) => (parseSecretSource(given) ? given : undefined),
}
const model = /^[\w./-]+$/
const sources: Kind<readonly string[]> = {
  expected: `${SOURCE_FORMS}, with commas between`,
  read(given) {
    const items = given.split(',').map((item) => item.trim())
    return items.every((item) => parseSource(item)) ? items : undefined
  },
}

/** An HTTP API answers within 30 seconds or not at all; one is kept for the answer's way. */
const MOST_HTTP_SECONDS = 29

/**
 * Everything that an operator may choose. Defaults are in `serverless.yml` under `params`, and nowhere else; what each
 * is for, in `scripts/deploy/README.md`.
 */
const PARAMETERS = {
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as eu-central-1'),
  architecture: oneOf('arm64', 'x64'),
  runtime: oneOf('nodejs24.x', 'nodejs22.x'),
  build: flag,
  embedMemory: memory,
  embedTimeout: integer(1, MOST_HTTP_SECONDS),
  embedStorage: storage,
  embedReserved: reserved,
  embedProvisioned: provisioned,
  matchMemory: memory,
  matchTimeout: integer(1, MOST_HTTP_SECONDS),
  matchStorage: storage,
  matchReserved: reserved,
  matchProvisioned: provisioned,
  batchMemory: memory,
  batchTimeout: integer(30, 900),
  batchStorage: storage,
  batchReserved: reserved,
  batchConcurrency: integer(2, 1000),
  batchReceives: integer(1, 1000),
  batchAttempts: integer(1, 1000),
  splitMegabytes: integer(1, 5_000_000),
  splitConcurrency: integer(1, 10_000),
  splitReserved: reserved,
  train: flag,
  trainMemory: memory,
  trainTimeout: integer(60, 900),
  trainStorage: storage,
  generate: flag,
  generateDoor: oneOf('url', 'api'),
  generateMemory: memory,
  generateTimeout: integer(10, 900),
  generateStorage: storage,
  generateReserved: reserved,
  generateEndpoint: optional(text(/^https:\/\/[^\s?#@]+$/, 'https://host/v1')),
  generateModels: optional(list(/^[^\s,]+$/, 'names of models at generateEndpoint')),
  generateKeySource: optional(secretSource),
  judge: optional(text(/^[^\s,]+$/, 'the name of a model at generateEndpoint')),
  judgeReport: optional(text(/\S/, 'the path of a report of "npm run evaluate -- --judge"')),
  layerModels: list(model, 'ids or aliases of models'),
  modelSources: sources,
  modelBucket: optional(text(bucket, 'the word create or the name of a bucket')),
  modelKey: optional(key),
  defaultModel: text(model, 'an id or alias of a model'),
  modelAliases: optional(list(/^[\w./-]+=[\w./-]+$/, 'alias=model')),
  preload: optional(list(model, 'ids or aliases of models')),
  dataBucket: text(bucket, 'the word create or the name of a bucket'),
  dataKey: optional(key),
  collections: optional(COLLECTION_PLACE),
  collectionsPasswordSource: optional(secretSource),
  collectionsPasswordKey: optional(key),
  outputDays: optional(integer(1, 36_500)),
  inputDays: optional(integer(1, 36_500)),
  auth: oneOf('none', 'token', 'jwt', 'iam'),
  tokenSource: optional({
    expected: `${SECRET_FORMS} or the word ${GENERATE}`,
    read: (given: string) => (given === GENERATE || parseSecretSource(given) ? given : undefined),
  }),
  tokenKey: optional(key),
  jwtIssuer: optional(text(/^https:\/\/[^\s?#]+$/, 'the https address of an issuer')),
  jwtAudience: optional(list(/^[^\s,]+$/, 'audiences')),
  corsOrigins: optional(list(/^(\*|https?:\/\/[^/\s]+)$/, '* or origins such as https://example.com')),
  rateLimit: integer(1, 10_000),
  burstLimit: integer(1, 5000),
  logRetention: numberOf(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653),
  logInputs: flag,
  tracing: flag,
  alarmTopic: optional(text(/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/, 'the ARN of an SNS topic')),
  alarmErrorPercent: integer(0, 100),
  alarmLatency: integer(1, 30_000),
  alarmQueueAge: integer(60, 345_600),
  vpcSubnets: optional(list(/^subnet-[0-9a-f]+$/, 'ids of subnets')),
  vpcSecurityGroups: optional(list(/^sg-[0-9a-f]+$/, 'ids of security groups')),
  efsFileSystem: optional(text(/^fs-[0-9a-f]+$/, 'the id of a file system')),
  efsAccessPoint: optional(text(/^fsap-[0-9a-f]+$/, 'the id of an access point')),
} as const satisfies Readonly<Record<string, Kind<unknown>>>

/** The name of a parameter. */
type ParameterName = keyof typeof PARAMETERS

/** A value for each parameter. */
export type Parameters = {
  readonly [Name in ParameterName]: (typeof PARAMETERS)[Name] extends Kind<infer Value> ? Value : never
}

/** The names of all parameters. */
export const PARAMETER_NAMES = Object.keys(PARAMETERS) as readonly ParameterName[]

/**
 * Reads parameters as `serverless.yml` and `--param` give them.
 *
 * @throws AppError `invalid_request` that names every parameter that is unknown, missing or wrong
 */
export function readParameters(given: Readonly<Record<string, unknown>>): Parameters {
  const problems = Object.keys(given).flatMap((name) =>
    name in PARAMETERS ? [] : [`There is no parameter ${name}${didYouMean(name, PARAMETER_NAMES) || '.'}`],
  )
  const values = PARAMETER_NAMES.map((name) => {
    const kind: Kind<unknown> = PARAMETERS[name]
    const value = given[name]
    const read = value === undefined || value === null ? undefined : kind.read(String(value))
    if (read === undefined)
      problems.push(
        `The parameter ${name} is "${withoutPassword(String(value ?? ''))}"; expected ${kind.expected}.`,
      )
    return [name, read]
  })
  if (problems.length === 0) return Object.fromEntries(values) as Parameters
  throw new AppError(
    'invalid_request',
    `${problems.join('\n')}\nCorrect serverless.yml or --param "name=value".`,
    { details: { problems } },
  )
}

/** Who wrote a password into an address shall not read it in a log. */
function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^/@\s:]*):[^@\s]*@/, '$1:…@')
}
