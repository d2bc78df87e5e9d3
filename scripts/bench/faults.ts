import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { COUNTED, type Counted } from './counted.ts'

const SHAPE = {
  name: 'bench -- faults',
  summary: 'Breaks things on purpose and counts what came of it, as the table of docs/reliability.md.',
  usage: ['[option …]'],
  options: {
    objects: { value: '<number>', default: '24', help: 'files of batch jobs' },
    transfers: {
      value: '<number>',
      default: '260',
      help: 'writes and downloads, each; a quarter as many adds to a collection',
    },
    runs: {
      value: '<number>',
      default: '6',
      help: 'of four processes that write one collection and are killed',
    },
  },
  examples: ['', '--objects 8'],
} as const

/** Faults that a promise of "nothing lost" is held to. */
const LEAST_FAULTS = 1000

/** Breaks things on purpose and prints what came of it, as the table of docs/reliability.md. */
export const benchFaults: Tool = {
  shape: SHAPE,
  async run(args) {
    await measureAll(readArguments<typeof SHAPE.options>(SHAPE, args).values)
    return 0
  },
}

async function measureAll(values: ToolValues<typeof SHAPE.options>): Promise<void> {
  const rows = await runProofs({
    BATCH_OBJECTS: values.objects,
    TRANSFERS: values.transfers,
    COLLECTION_RUNS: values.runs,
  })
  console.log(`\n${formatCounted(rows)}`)
  const sum = rows.reduce((total, { faults }) => total + faults, 0)
  if (sum < LEAST_FAULTS) throw new Error(`Only ${sum} faults; expected ${LEAST_FAULTS}; raise --objects.`)
}

/** @throws Error when a proof fails, or prints no counts because there is no S3 server */
async function runProofs(settings: Readonly<Record<string, string>>): Promise<Counted[]> {
  const proofs = ['test/proof', 'test/collections/processes.test.ts']
  const child = spawn('npx', ['vitest', 'run', ...proofs], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...settings },
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const rows: Counted[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    // Vitest may put colours before it.
    const at = line.indexOf(`${COUNTED}{`)
    if (at >= 0) rows.push(JSON.parse(line.slice(at + COUNTED.length)) as Counted)
    else console.log(line)
  }
  const code = await ended
  if (code !== 0)
    throw new Error(`The proofs ended with ${code}; expected 0; the lines above say which failed.`)
  if (rows.length < 5)
    throw new Error('Proofs were skipped; install Ceph: node scripts/install-test-servers.mjs.')
  return rows
}

/** A table in Markdown, with its sum. */
function formatCounted(rows: readonly Counted[]): string {
  const number = (value: number) => value.toLocaleString('en-US')
  const sumOf = (count: (row: Counted) => number) => number(rows.reduce((sum, row) => sum + count(row), 0))
  const lines = rows.map((row) => [
    row.what,
    number(row.faults),
    `${number(row.in)} ${row.things}`,
    number(row.out),
    number(row.refused),
    number(row.lost),
    number(row.doubled),
    number(row.halfWritten),
  ])
  const sum = [
    '**all**',
    sumOf(({ faults }) => faults),
    '',
    '',
    '',
    sumOf(({ lost }) => lost),
    sumOf(({ doubled }) => doubled),
    sumOf(({ halfWritten }) => halfWritten),
  ]
  const head = ['what', 'faults', 'in', 'out', 'refused', 'lost', 'doubled', 'half-written']
  const table = [head, head.map(() => '---'), ...lines, sum]
  return table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
