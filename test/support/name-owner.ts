import { ownName } from '../../src/models/files/process-name.ts'

/** Prints this process's name and waits to be killed, or to be left alone. */
console.log(ownName())
process.stdin.resume()
process.stdin.once('end', () => process.exit())
