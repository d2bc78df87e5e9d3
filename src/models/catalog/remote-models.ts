import type { CatalogGenerator } from './generator-manifest.ts'

/** Of a model of which only the name is known. A prompt beyond what its server takes is refused by that. */
const UNKNOWN = {
  aliases: [],
  task: 'generate',
  tasks: ['chat', 'judge'],
  contextTokens: 8192,
  parameters: 0,
  chat: { format: 'chatml' },
  license: 'unknown',
  languages: [],
} as const

/**
 * The language models with those that a server elsewhere has: one of the catalog runs there from now on, by its own
 * description; one that nobody has described is known by its name alone, and what it may be used for is left to who
 * named it.
 *
 * @param names as that server calls them; an id, alias or repository of the catalog means that model
 */
export function withRemoteModels(
  models: readonly CatalogGenerator[],
  names: readonly string[],
): CatalogGenerator[] {
  const all = [...models]
  for (const name of names) {
    const place = all.findIndex(({ id, aliases, repo }) =>
      [id, ...aliases, repo].some((own) => own.toLowerCase() === name.toLowerCase()),
    )
    const known = all[place]
    if (known) all[place] = elsewhere(known, name)
    else all.push({ ...UNKNOWN, ...named(name), remarks: ['It runs at GENERATE_ENDPOINT.'] })
  }
  return all
}

function named(name: string) {
  return { id: name, repo: name, runtime: 'remote', remoteModel: name } as const
}

function elsewhere(model: CatalogGenerator, remoteModel: string): CatalogGenerator {
  const { id, aliases, task, tasks, repo, contextTokens, parameters, chat } = model
  const { license, languages, remarks, deprecated } = model
  return {
    ...{ id, aliases, task, tasks, repo, contextTokens, parameters, chat, license, languages },
    remarks: [...remarks, 'It runs at GENERATE_ENDPOINT.'],
    ...(deprecated && { deprecated }),
    runtime: 'remote',
    remoteModel,
  }
}
