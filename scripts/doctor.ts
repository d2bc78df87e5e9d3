import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pinModel } from '../src/models/catalog/lock.ts'
import { describeMissing } from './deploy/artifacts.ts'
import { parametersFor, readDefaults } from './deploy/defaults.ts'
import { describeFindings, diagnose } from './deploy/diagnosis.ts'
import type { Facts } from './deploy/findings.ts'
import { askIdentity } from './deploy/identity.ts'
import { runtimeFiles } from './layers/runtime.ts'
import { bytesOf } from './layers/sizes.ts'
import { folderWith, openModelBook } from './models/places.ts'

/** Usage, printed for --help. */
const USAGE = `npm run doctor -- [option …]
  says before a deployment what would make it fail, from the same parameters; ends with 1 when there is a problem
  --stage dev
  --param "auth=iam"   as for serverless deploy; may be given several times
  --credentials        asks AWS who deploys
  --catalog src/models/catalog/catalog.json   --lock models.lock.json`

const { values } = parseArgs({
  options: {
    stage: { type: 'string', default: 'dev' },
    param: { type: 'string', multiple: true, default: [] },
    credentials: { type: 'boolean', default: false },
    catalog: { type: 'string', default: 'src/models/catalog/catalog.json' },
    lock: { type: 'string', default: 'models.lock.json' },
    help: { type: 'boolean', default: false },
  },
})

async function gatherFacts(): Promise<Facts> {
  const text = readFileSync('serverless.yml', 'utf8')
  const given = parametersFor(readDefaults(text), values.stage, commandLine())
  const book = openModelBook(values)
  const places = { ...values, folder: 'models', others: [join('layers', 'models')] }
  return {
    node: process.versions.node,
    runtime: /^ {2}runtime: (\S+)/m.exec(text)?.[1] ?? '',
    service: /^service: (\S+)/m.exec(text)?.[1] ?? '',
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
    missing: (architecture) => describeMissing('.', architecture),
    identity: values.credentials ? await askIdentity(given.region ?? '') : undefined,
  }
}

function commandLine(): Record<string, string> {
  return Object.fromEntries(
    values.param.map((pair) => {
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

async function examine(): Promise<void> {
  const findings = diagnose(await gatherFacts())
  console.log(describeFindings(findings))
  const problems = findings.filter(({ level }) => level === 'problem').length
  console.log(problems === 0 ? '\nReady to deploy.' : `\n${problems} to solve before a deployment.`)
  process.exitCode = problems === 0 ? 0 : 1
}

if (values.help) console.log(USAGE)
else await examine()
