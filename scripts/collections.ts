import { parseArgs } from 'node:util'
import { runCollectionCommand, USAGE } from './collections/commands.ts'

/** `npm run collections -- build | add | remove | compact | list | info`. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      to: { type: 'string', default: process.env.COLLECTIONS ?? 'collections' },
      name: { type: 'string' },
      model: { type: 'string' },
      encoding: { type: 'string' },
      format: { type: 'string' },
      charset: { type: 'string' },
      delimiter: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const [command, ...names] = positionals
  if (values.help || command === undefined) return void console.log(USAGE)
  await runCollectionCommand(command, names, { ...values, environment: process.env, print: console.log })
}

await main()
