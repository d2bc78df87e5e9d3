import { createContext } from '../../src/context.ts'
import { toAppError } from '../../src/errors.ts'
import { type EngineSettings, openEngine } from '../../src/models/engine/open.ts'

/** What the program is to embed, given as JSON on its command line. */
export interface EmbedOnce {
  readonly settings: EngineSettings
  readonly model: string
  readonly input: string
}

/** Prints one vector, or the code of the error, as a line of JSON. */
async function main({ settings, model, input }: EmbedOnce): Promise<void> {
  const engine = openEngine(settings)
  try {
    const { vectors } = await engine.embed({ model, inputs: [input], options: {} }, createContext())
    console.log(JSON.stringify({ vector: Array.from(vectors.data) }))
  } catch (error) {
    console.log(JSON.stringify({ code: toAppError(error).code }))
  }
  await engine.close()
}

void main(JSON.parse(process.argv[2]!))
