/**
 * A file of JSON lines through transformers.js, as one writes it in an afternoon: line by line, 32 texts at a time,
 * vectors in base64, nothing kept for a second try. `<file> <output> <models folder> <model> <threads>`; prints rows,
 * milliseconds without loading the model, and the most memory that the process had.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import { openPipeline } from './feature-extraction.ts'

const BATCH = 32

interface Row {
  readonly id: number
  readonly text: string
}

async function main([file, output, modelsFolder, model, threads]: string[]): Promise<void> {
  const extract = await openPipeline(modelsFolder!, model!, Number(threads))
  await extract(['warm'])
  const begun = performance.now()
  const out = createWriteStream(output!)
  let [rows, batch] = [0, [] as Row[]]
  const flush = async () => {
    const { data, columns } = await extract(batch.map(({ text }) => text))
    for (const [index, { id }] of batch.entries()) {
      const bytes = Buffer.from(data.buffer, data.byteOffset + index * columns * 4, columns * 4)
      out.write(`${JSON.stringify({ id, embedding: bytes.toString('base64') })}\n`)
    }
    rows += batch.length
    batch = []
  }
  for await (const line of createInterface({ input: createReadStream(file!) })) {
    batch.push(JSON.parse(line))
    if (batch.length === BATCH) await flush()
  }
  if (batch.length > 0) await flush()
  await finished(out.end())
  const milliseconds = performance.now() - begun
  console.log(JSON.stringify({ rows, milliseconds, bytes: process.resourceUsage().maxRSS * 1024 }))
}

void main(process.argv.slice(2))
