import { parseGenerators } from '../../src/models/catalog/generator-file.ts'
import { createGeneratorCatalog } from '../../src/models/catalog/generators.ts'
import type { Choosing, Generator } from '../../src/models/generate/generator.ts'
import { createJudgeService, type JudgeModels, type JudgeSettings } from '../../src/services/judge/judge.ts'

/** A judge of one model, what it was asked, and what it says. */
interface FakeJudge {
  readonly models: JudgeModels
  readonly asked: Choosing[]
}

const common = {
  aliases: [],
  task: 'generate',
  runtime: 'remote',
  contextTokens: 4096,
  parameters: 600_000_000,
  chat: { format: 'chatml' },
  license: 'Apache-2.0',
  languages: ['en', 'zh'],
  remarks: [],
}
const catalog = createGeneratorCatalog(
  parseGenerators(
    JSON.stringify([
      { ...common, id: 'judge', repo: 'someone/judge', tasks: ['chat', 'judge'] },
      { ...common, id: 'talker', repo: 'someone/talker', tasks: ['chat'], remarks: ['It was made to chat.'] },
    ]),
    'test',
  ),
)

/** Models of which one judges by a function of the resume and the job: the chances of yes and no. */
export function fakeJudge(
  chances: (resume: string, job: string) => readonly [yes: number, no: number],
  generator: Partial<Generator> = {},
): FakeJudge {
  const asked: Choosing[] = []
  const model: Generator = {
    model: 'judge',
    contextTokens: 4096,
    async *generate() {},
    async *choose(choosing) {
      asked.push(choosing)
      const job = choosing.before.match(/<Query>: (.*)\n<Document>: $/s)![1]!
      for (const [place, text] of choosing.texts.entries()) {
        yield { place, probabilities: chances(text, job), cut: text.length > 4 * choosing.textTokens }
      }
    },
    close: async () => {},
    ...generator,
  }
  return {
    asked,
    models: { resolve: (name) => catalog.resolve(name, 'judge'), use: (_, __, work) => work(model) },
  }
}

/** The judge service over a fake. */
export function judgeServiceOf({ models }: FakeJudge, settings: Partial<JudgeSettings> = {}) {
  const defaults = {
    model: 'judge',
    top: 10,
    tokens: 300,
    weight: 0.25,
    timeoutMs: undefined,
    cacheEntries: 100,
  }
  return createJudgeService(models, { ...defaults, ...settings })
}
