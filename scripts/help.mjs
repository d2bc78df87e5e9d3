/** Prints for `--help` what stands at the head of the program that imports it, and ends it there. */
import { readFileSync } from 'node:fs'

if (process.argv.slice(2).includes('--help')) {
  const program = process.argv[1]
  const [, head = ''] = /\/\*\*\n(.*?)\n \*\//s.exec(readFileSync(program, 'utf8')) ?? []
  const name = program.slice(program.lastIndexOf('scripts'))
  console.log(`Usage:\n  node ${name}\n\n${head.replaceAll(/^ \* ?/gm, '')}`)
  process.exit(0)
}
