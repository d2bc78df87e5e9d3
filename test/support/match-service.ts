import { createContext } from '../../src/context.ts'
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import { createEmbedService } from '../../src/services/embed.ts'
import type { JudgeService } from '../../src/services/judge/judge.ts'
import type { MatchDocument } from '../../src/services/match/document.ts'
import { createMatchService } from '../../src/services/match/match.ts'
import type { MatchRequest } from '../../src/services/match/match-request.ts'
import { createRerankService } from '../../src/services/rerank.ts'
import { manifestOf } from './manifests.ts'
import { createWordEngine } from './word-engine.ts'

const manifests = [
  manifestOf({ id: 'small', dimensions: 64, calibration: { midpoint: 0.4, slope: 10 } }),
  manifestOf({ id: 'large', dimensions: 96, calibration: { midpoint: 0.3, slope: 8 } }),
  manifestOf({ id: 'plain', dimensions: 64 }),
  manifestOf({ id: 'cross', task: 'rerank', dimensions: 1 }),
]

/** A match service over the word engine, with the models small, large, plain and the reranker cross. */
export function createService({ judge }: { readonly judge?: JudgeService } = {}) {
  const engine = createWordEngine()
  const catalog = createCatalog(manifests)
  const embed = createEmbedService({ catalog, engine, defaultModel: 'small' })
  const rerank = createRerankService({ catalog, engine, embed, defaultModel: 'small' })
  const service = createMatchService({ catalog, embed, rerank, judge: judge && (async () => judge) })
  const run = async (request: Partial<MatchRequest> & Pick<MatchRequest, 'queries' | 'candidates'>) =>
    service.run(
      await service.plan({ models: [{ model: 'small', weight: 1 }], fusion: 'weighted', ...request }),
      createContext(),
    )
  return { engine, run }
}

/** Plain texts, each its own id. */
export const documents = (texts: readonly string[]): MatchDocument[] =>
  texts.map((text, index) => ({ id: text, index, fields: { text } }))
/** Structured documents, numbered. */
export const structured = (...list: MatchDocument['fields'][]): MatchDocument[] =>
  list.map((fields, index) => ({ id: String(index), index, fields }))

/** An ensemble. */
export const both = [
  { model: 'small', weight: 2 },
  { model: 'large', weight: 1 },
]
