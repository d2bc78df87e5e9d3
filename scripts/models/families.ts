/** The families of encoders that the catalog's models belong to. */
export type Family = 'bert' | 'distilbert' | 'mpnet' | 'roberta' | 'xlm-roberta'

/** All families. */
export const FAMILIES: readonly Family[] = ['bert', 'distilbert', 'mpnet', 'roberta', 'xlm-roberta']

/** Where the weights of one layer are found in a published checkpoint, below the layer's own name. */
export interface LayerNames {
  readonly layer: string
  readonly query: string
  readonly key: string
  readonly value: string
  readonly attended: string
  readonly attentionNorm: string
  readonly widen: string
  readonly narrow: string
  readonly outputNorm: string
}

/** What tells one family's graph from another's. */
export interface FamilyFacts {
  /** The id of the pad token, from which `positions: 'tokens'` are derived. */
  readonly padId: number
  /** By place in the sequence, or by counting the ids that are not the pad id, from `padId + 1` on. */
  readonly positions: 'places' | 'tokens'
  /** Rows of the token type table: 2 are chosen by `token_type_ids`, 1 is added to every token. */
  readonly types: 0 | 1 | 2
  /** Whether attention scores get a learned bias by distance. */
  readonly relativeBias: boolean
  /** Whether padding is added to the scores as a large negative number, or put in their place. */
  readonly mask: 'added' | 'replaced'
  /** Of layer normalization. */
  readonly epsilon: number
  readonly names: LayerNames
}

const BERT_NAMES: LayerNames = {
  layer: 'encoder.layer',
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  attended: 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  widen: 'intermediate.dense',
  narrow: 'output.dense',
  outputNorm: 'output.LayerNorm',
}

const ROBERTA: FamilyFacts = {
  padId: 1,
  positions: 'tokens',
  types: 1,
  relativeBias: false,
  mask: 'added',
  epsilon: 1e-5,
  names: BERT_NAMES,
}

/** The facts of each family, as in the modelling code of Hugging Face transformers. */
export const FAMILY_FACTS: Readonly<Record<Family, FamilyFacts>> = {
  bert: {
    padId: 0,
    positions: 'places',
    types: 2,
    relativeBias: false,
    mask: 'added',
    epsilon: 1e-12,
    names: BERT_NAMES,
  },
  distilbert: {
    padId: 0,
    positions: 'places',
    types: 0,
    relativeBias: false,
    mask: 'replaced',
    epsilon: 1e-12,
    names: {
      layer: 'transformer.layer',
      query: 'attention.q_lin',
      key: 'attention.k_lin',
      value: 'attention.v_lin',
      attended: 'attention.out_lin',
      attentionNorm: 'sa_layer_norm',
      widen: 'ffn.lin1',
      narrow: 'ffn.lin2',
      outputNorm: 'output_layer_norm',
    },
  },
  mpnet: {
    padId: 1,
    positions: 'tokens',
    types: 0,
    relativeBias: true,
    mask: 'added',
    epsilon: 1e-5,
    names: {
      ...BERT_NAMES,
      query: 'attention.attn.q',
      key: 'attention.attn.k',
      value: 'attention.attn.v',
      attended: 'attention.attn.o',
      attentionNorm: 'attention.LayerNorm',
    },
  },
  roberta: ROBERTA,
  'xlm-roberta': ROBERTA,
}
