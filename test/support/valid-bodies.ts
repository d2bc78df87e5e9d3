/** A body that each route accepts. */
export const VALID: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '/embed': { inputs: 'a' },
  '/rerank': { query: 'a', texts: ['a'] },
  '/similarity': { inputs: { source_sentence: 'a', sentences: ['a'] } },
  '/tokenize': { inputs: 'a' },
  '/v2/rerank': { model: 'wide', query: 'a', documents: ['a'] },
  '/v2/embed': { model: 'wide', input_type: 'search_query', texts: ['a'] },
  '/v1/embeddings': { model: 'wide', input: 'a' },
  '/match': { model: 'wide', query: 'a', candidates: ['a'] },
}
