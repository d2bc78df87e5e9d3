import { parseArgs } from 'node:util'
import { runModelCommand, USAGE } from './models/commands.ts'

/** `npm run models -- list | pull | verify | push | add | remove | quantize | schema`. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      catalog: { type: 'string', default: 'src/models/catalog/catalog.json' },
      lock: { type: 'string', default: 'models.lock.json' },
      folder: { type: 'string', default: 'models' },
      id: { type: 'string' },
      graph: { type: 'string' },
      set: { type: 'string', multiple: true },
      from: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [command, ...names] = positionals
  if (values.help || command === undefined) return void console.log(USAGE)
  const places = { ...values, others: ['layers/models'], dryRun: values['dry-run'] }
  await runModelCommand(command, names, { ...places, environment: process.env, print: console.log })
}

await main()
