import type { Scores } from '../evaluate/tasks.ts'

/** What the card tells of one training. */
export interface CardFacts {
  readonly dimensions: number
  readonly pieces: number
  readonly seed: number
  readonly trainingSeconds: number
  readonly float32: Scores
  readonly int8: Scores
  readonly bytes: number
  readonly sha256: string
}

/** The model card of `jobs-static`, as Markdown. */
export function writeCard(facts: CardFacts): string {
  const rows = Object.keys(facts.int8).map(
    (name) => `| ${name} | ${facts.float32[name]!.toFixed(3)} | ${facts.int8[name]!.toFixed(3)} |`,
  )
  return `# jobs-static

A static bilingual model for job texts: one vector of ${facts.dimensions} int8 values for each of ${facts.pieces} word pieces,
English and Chinese; a text is the mean of its pieces, brought to length 1. It reads any length up to its
maximum in well under a millisecond, and knows nothing of word order.

## Scores

\`npm run evaluate\` prints them again from the data folder. None of these sets was trained on.

| held-out task | float32 | int8 (shipped) |
|---|---|---|
${rows.join('\n')}

Chinese → English: each Chinese dev sentence looks for its English original among all 1,500 dev sentences.
Vacancy titles look for their occupation among the 3,039 preferred labels of ESCO.

## Recipe

\`npm run train:static\` (seed ${facts.seed}, ${Math.round(facts.trainingSeconds)} s on one core where this card was written) makes the same bytes
again: model.onnx, ${facts.bytes} bytes, SHA-256 \`${facts.sha256}\`.

- Vocabulary: the pieces of bert-base-uncased without placeholders and other scripts, and the Chinese characters,
  punctuation and Latin words of bert-base-chinese that it lacks. Chinese characters are split one by one.
- Start: random vectors as long as a quarter of their log inverse document frequency, so that rare words still
  match by identity. While training, pieces that begin with the same 4, 5 or 6 letters share a part of their
  vector (added in at the end), so that *nursing* learns from *nurse*.
- Each epoch, in shuffled batches of 256: cross-entropy against the rest of the batch, both ways, cosines × 20,
  other pairs of the same occupation masked — ESCO alternative ↔ preferred label, two labels, description ↔ label;
  half of O*NET's alternate titles and tasks (every twentieth occupation is held out); English ↔ Chinese
  sentences; STS-B pairs rated 4 or more. And cosine regression, weight 5, on all STS-B training pairs, within
  and across the two languages. Sparse Adam, falling learning rate.
- Each row is rounded to int8 with a scale of its own.

## Limits

Word order, negation and numbers are invisible: "not a nurse" is close to "nurse". Chinese knows characters, not
words. Traditional characters were hardly seen in training. Titles from ESCO and O*NET reflect the labour markets
of Europe and the United States. A text without any known piece, such as a lone emoji, becomes a vector of zeros. Do
not use scores alone to decide about people.

## Data and licences

The vectors were trained on STS-B translations under CC BY-SA 4.0 and are therefore offered under
**CC BY-SA 4.0**.

- ESCO v1.2: This service uses the ESCO classification of the European Commission.
- This product includes information from the O*NET Database by the U.S. Department of Labor, Employment and
  Training Administration (USDOL/ETA), used under the CC BY 4.0 license. The information was modified: titles and
  tasks were tokenized, paired and turned into vectors. USDOL/ETA has not approved, endorsed, or tested these
  modifications.
- STS Benchmark in English and Chinese (PhilipMay/stsb-multi-mt), CC BY-SA 4.0.
- Word pieces of bert-base-uncased and bert-base-chinese, Apache-2.0.
- Evaluation only, nothing trained on them: JobBERT evaluation titles, sts-zh (shibing624/text2vec), LCQMC, PAWS-X.
`
}
