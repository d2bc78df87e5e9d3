import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { endpointOf, readGenerators, refuseAway } from './generate-models.ts'
import { createGeneratorCatalog } from './models/catalog/generators.ts'
import { openRemote } from './models/generate/open-remote.ts'
import { onceEach } from './once.ts'
import type { JudgeModels } from './services/judge/judge.ts'

/**
 * Judges for doors without llama.cpp, as those of Lambda are: models of GENERATE_ENDPOINT alone. Loaded with the first
 * request that asks for a judge: in the function of matches it is 32 kB of 469, which no other start reads.
 *
 * @throws AppError `invalid_request` for a wrong LLM_CATALOG
 */
export function openRemoteJudges(config: Config): JudgeModels {
  const models = readGenerators(config)
  const catalog = createGeneratorCatalog(models)
  const remote = endpointOf(config)
  const open = onceEach(async (id: string) => {
    const model = models.find((one) => one.id === id)
    if (model?.runtime !== 'remote') throw notHere(id)
    return openRemote(model, remote)
  })
  return {
    resolve(name) {
      const named = models.find(({ id, aliases, repo }) =>
        [id, ...aliases, repo].some((own) => own.toLowerCase() === name.toLowerCase()),
      )
      if (named?.tasks.includes('judge')) {
        if (named.runtime !== 'remote') throw notHere(named.id)
        refuseAway(named, config)
      }
      return catalog.resolve(name, 'judge')
    },
    async *use(manifest, _context, work) {
      yield* work(await open(manifest.id))
    },
  }
}

function notHere(id: string): AppError {
  return new AppError(
    'runtime_missing',
    `Model ${id} runs in llama.cpp, which this function does not have; name it in GENERATE_MODELS, and in GENERATE_ENDPOINT the server that has it, or leave judge out.`,
    { details: { field: 'model', model: id } },
  )
}
