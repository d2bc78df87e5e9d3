import { type Core, openCore } from '../../src/app.ts'
import { readProcessConfig } from '../../src/config.ts'

/** Where models and their descriptions are; what the settings of the environment say when absent. */
interface OpenedPlaces {
  /** As in MODEL_SOURCES. */
  readonly sources?: readonly string[] | undefined
  /** A JSON file with manifests of further models. */
  readonly catalog?: string | undefined
}

/** Padded tokens of one run: nobody waits for a single text here. */
const TOKEN_BUDGET = 1024

/** The models of the catalog, with what pulls found out about them, for a program that may take all the memory. */
export function openModels({ sources, catalog }: OpenedPlaces): Core {
  const config = readProcessConfig(process.cwd())
  return openCore({
    ...config,
    modelSources: sources ?? config.modelSources,
    modelCatalog: catalog ?? config.modelCatalog,
    modelBudgetBytes: Number.MAX_SAFE_INTEGER,
    // A file of texts is no traffic to look into: none of it is to be in a log.
    logInputs: false,
    tokenBudget: TOKEN_BUDGET,
  })
}
