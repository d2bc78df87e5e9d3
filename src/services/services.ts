import type { Collections } from '../collections/collections.ts'
import { once } from '../once.ts'
import { createEmbedService, type EmbedService, type EmbedServiceParts } from './embed.ts'
import type { JudgeModels, JudgeSettings } from './judge/judge.ts'
import type { MatchService } from './match/match.ts'
import { createRerankService, type RerankService } from './rerank.ts'
import { createTokenizeService, type TokenizeService } from './tokenize.ts'

/** Every service of one process. */
interface Services {
  readonly embed: EmbedService
  readonly match: MatchService
  readonly rerank: RerankService
  readonly tokenize: TokenizeService
}

/** What services are made of. */
interface ServicesParts extends EmbedServiceParts {
  /** Absent where none are configured. */
  readonly collections?: Collections | undefined
  /** Language models that judge, and how; absent where there are none. */
  readonly judge?:
    | { readonly models: () => Promise<JudgeModels>; readonly settings: JudgeSettings }
    | undefined
  /** Groups of names for one skill each, beside those that ship. */
  readonly skillSynonyms?: readonly (readonly string[])[] | undefined
}

/** The services over one catalog, engine and store of collections. */
export function createServices(parts: ServicesParts): Services {
  const embed = createEmbedService(parts)
  const rerank = createRerankService({ ...parts, embed })
  const match = openedOnce(async () => {
    const { createMatchService } = await import('./match/match.ts')
    const { judge: judges } = parts
    const judge = judges && once(() => openJudge(judges))
    return createMatchService({ ...parts, judge, embed, rerank })
  })
  return { embed, rerank, match, tokenize: createTokenizeService(parts) }
}

/** Its code, a third of the service's own, is no part of the cold start of a request for vectors. */
function openedOnce(open: () => Promise<MatchService>): MatchService {
  const service = once(open)
  return {
    plan: async (request) => (await service()).plan(request),
    run: async (plan, context) => (await service()).run(plan, context),
  }
}

async function openJudge({ models, settings }: NonNullable<ServicesParts['judge']>) {
  const { createJudgeService } = await import('./judge/judge.ts')
  return createJudgeService(await models(), settings)
}
