import { copyCollection } from '../../scripts/collections/copy.ts'
import type { CandidateIndex } from '../../src/collections/candidate-index.ts'
import { type CopierTask, openPlace } from './copied-places.ts'

/** Writes a line for each fiftieth row that it hands over, one when they are through, and one when the copy is confirmed. */
async function main({ from, to, ...places }: CopierTask): Promise<void> {
  const [source, target] = [openPlace(from, places), openPlace(to, places)]
  const tell = (line: string) => process.stdout.write(`${line}\n`)
  const told = {
    info: source.info,
    async read(...asked: Parameters<CandidateIndex['read']>) {
      const { content, ...info } = await source.read(...asked)
      return { ...info, content: telling(content, tell) }
    },
  }
  await copyCollection('jobs', told, target)
  tell('done')
  await source.close()
  await target.close()
}

async function* telling<Row>(rows: AsyncIterable<Row>, tell: (line: string) => void): AsyncGenerator<Row> {
  let count = 0
  for await (const row of rows) {
    if (count++ % 50 === 0) tell('row')
    yield row
  }
  tell('through')
}

void main(JSON.parse(process.argv[2]!) as CopierTask)
