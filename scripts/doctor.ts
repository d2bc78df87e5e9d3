import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describeUnprovenJudge } from '../src/judge-report.ts'
import { type JudgeConfig, readJudgeSettings } from '../src/judge-settings.ts'
import { parseGenerators } from '../src/models/catalog/generator-file.ts'
import { pinGenerators } from '../src/models/catalog/generator-pins.ts'
import { pinModel } from '../src/models/catalog/lock.ts'
import { readerOf } from '../src/settings.ts'
import { runNpmTool } from './console/run-tool.ts'
import type { ToolValues } from './console/tool.ts'
import { readArguments } from './console/tool-arguments.ts'
import { askAccount } from './deploy/account.ts'
import { wantedBuckets } from './deploy/account-findings.ts'
import { describeMissing } from './deploy/artifacts.ts'
import { readCompiled } from './deploy/compiled.ts'
import { askDatabase } from './deploy/database.ts'
import { parametersFor, readDefaults } from './deploy/defaults.ts'
import { deployerPolicy } from './deploy/deployer.ts'
import { describeFindings, diagnose } from './deploy/diagnosis.ts'
import type { Facts, Finding } from './deploy/findings.ts'
import { askIdentity } from './deploy/identity.ts'
import { describeUnprovenDefault } from './deploy/judge.ts'
import { type Parameters, readParameters } from './deploy/parameters.ts'
import { planDeployment } from './deploy/plan.ts'
import { diagnosePolicy } from './deploy/policy-findings.ts'
import { runtimeFiles } from './layers/runtime.ts'
import { bytesOf } from './layers/sizes.ts'
import { folderWith, openModelBook } from './models/places.ts'

const SHAPE = {
  name: 'doctor',
  summary:
    'Says before a deployment what would make it fail, from the same parameters; ends with 1 when there is a problem.',
  usage: ['[option …]'],
  options: {
    stage: { value: '<name>', default: 'dev', help: 'as for serverless deploy' },
    param: { value: '<name=value>', multiple: true, help: 'as for serverless deploy' },
    credentials: { help: 'asks AWS who deploys, what the account may run at a time, and for the buckets' },
    database: {
      help: 'asks the database of collections, from this machine: versions, rights, and which model made what is in it; the password is COLLECTIONS_PASSWORD, or read where collectionsPasswordSource says',
    },
    authority: {
      value: '<file>',
      help: 'certificates to trust for --database, when sslrootcert is a file of the functions',
    },
    'policy-for': {
      value: '<account>',
      help: 'prints the least that a deployer needs there, as a policy of IAM, and does nothing else',
    },
    policy: {
      value: '<file>',
      help: 'looks, without network, whether that policy of IAM allows the deployment',
    },
    catalog: { value: '<file>', default: 'src/models/catalog/catalog.json', help: 'which models there are' },
    lock: { value: '<file>', default: 'models.lock.json', help: 'what pulls found out' },
  },
  examples: [
    '--stage dev --credentials',
    '--stage prod --param collections=postgres://me@db/people --database',
    '--stage prod --param auth=iam',
    '--stage prod --policy-for 123456789012 > deployer.json',
    '--stage prod --policy deployer.json',
  ],
} as const

/** The language models that ship. */
const GENERATORS = join('src', 'models', 'catalog', 'generators.json')

type Values = ToolValues<typeof SHAPE.options>

async function gatherFacts(values: Values): Promise<Facts> {
  const text = readFileSync('serverless.yml', 'utf8')
  const given = parametersFor(readDefaults(text), values.stage, commandLine(values.param))
  const service = /^service: (\S+)/m.exec(text)?.[1] ?? ''
  const places = { folder: 'models', others: [join('layers', 'models')] }
  const book = openModelBook(values, [places.folder, ...places.others])
  return {
    node: process.versions.node,
    processor: process.arch,
    compiled: readCompiled('.'),
    service,
    stage: values.stage,
    given,
    findModel: (name) => {
      const model = book.find(name)
      return pinModel(model, book.pins[model.id])
    },
    isPulled: (model) => folderWith(places, model) !== undefined,
    runtimeBytes: (architecture) => {
      const files = existsSync('node_modules') ? runtimeFiles('node_modules', architecture) : []
      return files.length > 0 ? bytesOf(files) : undefined
    },
    functionBytes: builtBytes(),
    generators: () => {
      const shipped = readFileSync(GENERATORS, 'utf8')
      return pinGenerators(parseGenerators(shipped, GENERATORS), book.pins)
    },
    unproven: (parameters) => describeUnprovenDefault('.', parameters),
    unprovenHere: describeUnprovenJudge(judgeHere()),
    missing: (wanted) => describeMissing('.', wanted),
    ...(values.credentials ? await askAws(service, values.stage, given) : { identity: undefined }),
    database: values.database ? await askCollections(values, given) : undefined,
  }
}

/** Who deploys, and what the account has: as far as the parameters can be read, and AWS knows who asks. */
async function askAws(
  service: string,
  stage: string,
  given: Readonly<Record<string, string>>,
): Promise<Pick<Facts, 'identity' | 'account'>> {
  const identity = await askIdentity(given.region ?? '')
  if ('problem' in identity) return { identity }
  const parameters = readIfRight(given)
  if (parameters === undefined) return { identity }
  const wanted = wantedBuckets({ service, stage, parameters }, identity.account)
  return { identity, account: await askAccount(parameters.region, `${service}-${stage}`, wanted) }
}

async function askCollections({ authority }: Values, given: Facts['given']): Promise<Facts['database']> {
  const parameters = readIfRight(given)
  if (parameters === undefined) return undefined
  return askDatabase(parameters, { password: process.env.COLLECTIONS_PASSWORD, authority })
}

function readIfRight(given: Facts['given']): Parameters | undefined {
  try {
    return readParameters(given)
  } catch {
    // What is wrong with them is found and said by the diagnosis.
    return undefined
  }
}

/** Who judges by default in a server of this machine; nobody where the settings are wrong, as that says itself. */
function judgeHere(): JudgeConfig {
  const settings = readerOf(process.env)
  try {
    return readJudgeSettings(settings)
  } catch {
    return readJudgeSettings(readerOf({}))
  }
}

function commandLine(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [name, value.join('=')]
    }),
  )
}

/** All that was built: more than any one function has. */
function builtBytes(): number | undefined {
  if (!existsSync('dist')) return undefined
  const files = readdirSync('dist', { withFileTypes: true }).filter((entry) => entry.isFile())
  return files.reduce((sum, { name }) => sum + statSync(join('dist', name)).size, 0)
}

/** @throws AppError `invalid_request` when the parameters are wrong */
function printPolicy({ service, stage, given }: Facts, account: string): number {
  const deployment = planDeployment(service, stage, given)
  console.log(JSON.stringify(deployerPolicy(deployment, account), null, 2))
  return 0
}

function checkPolicy({ service, stage, given }: Facts, file: string): Finding[] {
  const parameters = readIfRight(given)
  if (parameters === undefined) return []
  return diagnosePolicy({ service, stage, parameters }, file, readFileSync(file, 'utf8'))
}

async function examine(values: Values): Promise<number> {
  const facts = await gatherFacts(values)
  if (values['policy-for'] !== undefined) return printPolicy(facts, values['policy-for'])
  const findings = [
    ...diagnose(facts),
    ...(values.policy === undefined ? [] : checkPolicy(facts, values.policy)),
  ]
  console.log(describeFindings(findings))
  const problems = findings.filter(({ level }) => level === 'problem').length
  console.log(problems === 0 ? '\nReady to deploy.' : `\n${problems} to solve before a deployment.`)
  return problems === 0 ? 0 : 1
}

await runNpmTool({
  shape: SHAPE,
  run: (args) => examine(readArguments<typeof SHAPE.options>(SHAPE, args).values),
})
