import { AppError } from '../errors.ts'
import { type Dialect, teiDialect } from './errors.ts'

/** Routes of Text Embeddings Inference that need models of other kinds, and what is there instead. */
const REFUSED: Readonly<Record<string, string>> = {
  '/embed_all':
    'vectors of single tokens, and the models here are served for one vector a text; POST /embed gives that',
  '/embed_sparse':
    'sparse vectors of a SPLADE model, and the models here make dense ones; POST /embed gives those',
  '/predict':
    'classes of a classifier, and there is none here; POST /rerank scores texts for a query, POST /similarity compares sentences',
  '/decode': 'texts of token ids, which is not served; POST /tokenize shows the tokens of texts',
  '/v1/score': 'scores of pairs; POST /rerank and POST /v1/rerank score texts for a query',
}

/** The error of a known route that is not served, which says what to call instead; it is TEI's own status, 424. */
export function refusedRoute(path: string): { error: AppError; dialect: Dialect } | undefined {
  const bare = path.replace(/\/$/, '')
  if (!Object.hasOwn(REFUSED, bare)) return undefined
  const error = new AppError('unsupported_task', `The route ${bare} answers ${REFUSED[bare]}.`)
  return { error, dialect: teiDialect }
}
