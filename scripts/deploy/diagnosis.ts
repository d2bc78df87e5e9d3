import { AppError } from '../../src/errors.ts'
import { diagnoseAccount } from './account-findings.ts'
import { collectionFindings, databaseOf } from './collections.ts'
import { whyNotCompiled } from './compiled.ts'
import { findContradictions } from './contradictions.ts'
import { diagnoseDatabase } from './database-findings.ts'
import type { Deployment } from './deployment.ts'
import { type Facts, type Finding, good, problem, warning } from './findings.ts'
import { diagnoseGenerate } from './generate-findings.ts'
import { diagnoseJudge } from './judge-findings.ts'
import { diagnoseModels } from './model-findings.ts'
import { type Parameters, readParameters } from './parameters.ts'
import { generatedTokenName, tokenSourceOf } from './token-source.ts'

/** What would keep a deployment from working, or make it worse than it could be. */
export function diagnose(facts: Facts): Finding[] {
  const parameters = tryToRead(facts)
  const machine = [...diagnoseNode(facts), ...diagnoseIdentity(facts)]
  if ('findings' in parameters) return [...machine, ...parameters.findings]
  return [
    ...machine,
    ...diagnoseParameters(facts, parameters.read),
    ...diagnoseBuild(facts, parameters.read),
    ...diagnoseCompiled(facts, parameters.read),
    ...diagnoseAccount(facts.account, parameters.read),
    ...diagnoseModels(facts, parameters.read),
    ...diagnoseDatabase(facts, parameters.read),
    ...diagnoseGenerate(facts, parameters.read),
    ...diagnoseJudge(facts, parameters.read),
  ]
}

/** The table that is printed, problems last, where they are seen. */
export function describeFindings(findings: readonly Finding[]): string {
  const marks = { good: 'ok     ', warning: 'warning', problem: 'PROBLEM' }
  const levels = ['good', 'warning', 'problem'] as const
  return levels
    .flatMap((level) => findings.filter((finding) => finding.level === level))
    .map(({ level, text }) => `${marks[level]}  ${text}`)
    .join('\n')
}

function tryToRead({ given }: Facts): { read: Parameters } | { findings: Finding[] } {
  try {
    return { read: readParameters(given) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { findings: (error.details.problems as string[]).map(problem) }
  }
}

/** What the deploy tool runs on. */
const LEAST_NODE: Readonly<Record<number, number>> = { 20: 19, 22: 13 }
const FIRST_FREE_MAJOR = 24

function diagnoseNode({ node }: Facts): Finding[] {
  const [major = 0, minor = 0] = node.split('.').map(Number)
  const suits = major >= FIRST_FREE_MAJOR || minor >= (LEAST_NODE[major] ?? Number.POSITIVE_INFINITY)
  if (!suits)
    return [problem(`Node ${node} is too old for the deploy tool; install 20.19, 22.13 or 24, or newer.`)]
  return [good(`Node ${node} suits the deploy tool`)]
}

/** What is built here is compiled ahead for this Node on this processor; with build=false it was for another, maybe. */
function diagnoseCompiled({ node, processor, compiled }: Facts, parameters: Parameters): Finding[] {
  const made = parameters.build ? { processor, node } : compiled
  const useless = whyNotCompiled(made, parameters)
  if (useless !== undefined) return [warning(useless)]
  return [good(`The doors are compiled ahead for ${parameters.runtime} on ${parameters.architecture}`)]
}

function diagnoseIdentity({ identity }: Facts): Finding[] {
  if (!identity) return []
  return 'account' in identity
    ? [good(`Credentials of the account ${identity.account}`)]
    : [problem(`AWS does not know who deploys: ${identity.problem}`)]
}

function diagnoseParameters(facts: Facts, parameters: Parameters): Finding[] {
  const { service, stage } = facts
  const problems = findContradictions({ service, stage, parameters })
  if (problems.length > 0) return problems.map(problem)
  return [
    good(`Parameters of the stage ${stage} agree: ${parameters.region}, ${parameters.architecture}`),
    ...tokenFindings({ service, stage, parameters }),
    ...(parameters.auth === 'none' ? [warning(`The stage ${stage} is open to everyone (auth=none).`)] : []),
    ...(parameters.alarmTopic === null && stage !== 'dev'
      ? [warning('Nobody hears of alarms; give alarmTopic.')]
      : []),
    ...(parameters.logInputs ? [warning('Texts of callers are written to the log (logInputs=true).')] : []),
    ...(parameters.vpcSubnets === null ? [] : vpcFindings({ service, stage, parameters })),
    ...collectionFindings(parameters),
  ]
}

function tokenFindings(deployment: Deployment): Finding[] {
  const name = generatedTokenName(deployment)
  return name === undefined
    ? []
    : [good(`The deployment makes a token for callers, and keeps it as ssm:${name}`)]
}

/** From a VPC a function reaches nothing of AWS but through an endpoint or a NAT gateway. */
function vpcFindings(deployment: Deployment): Finding[] {
  const { modelSources, collections, collectionsPasswordSource, generateEndpoint, generateKeySource } =
    deployment.parameters
  const outside = modelSources.filter((source) => /^(hf|https?):/.test(source))
  const secrets = [tokenSourceOf(deployment), collectionsPasswordSource, generateKeySource].filter(
    (source) => source != null,
  )
  const endpoints = new Set([
    's3 (of kind gateway, free)',
    'sqs',
    ...secrets.map((source) => (source.startsWith('ssm:') ? 'ssm' : 'secretsmanager')),
    ...(collections !== null && !databaseOf(deployment.parameters) ? ['s3vectors'] : []),
  ])
  return [
    warning(
      `The subnets need endpoints of ${[...endpoints].join(', ')}, or a NAT gateway: vpcSubnets cuts functions off from AWS.`,
    ),
    ...(outside.length > 0
      ? [warning(`Models come from outside the VPC (${outside.join(', ')}); its subnets need a NAT gateway.`)]
      : []),
    ...(generateEndpoint === null
      ? []
      : [
          warning(
            `Nobody looked whether ${generateEndpoint} is reached from the VPC; outside of it that takes a NAT gateway.`,
          ),
        ]),
  ]
}

function diagnoseBuild({ missing }: Facts, parameters: Parameters): Finding[] {
  if (!parameters.build) {
    const absent = missing(parameters)
    return [
      absent ? problem(absent) : good('dist/ and layers/ are there, and deployed as they are (build=false)'),
    ]
  }
  return [good(`Layers are built here for ${parameters.architecture}`)]
}
