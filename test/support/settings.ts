import { readConfig } from '../../src/config.ts'

/** A machine that the defaults of settings are held against. */
export const MACHINE = { memoryBytes: 4e9, processors: 2, root: '/root' }

/** Every name that is asked of the environment, but for those that AWS sets. */
export function settingsRead(): string[] {
  const asked = new Set<string>()
  const environment = new Proxy<Record<string, string>>(
    {},
    {
      get(_, name) {
        asked.add(String(name))
        return undefined
      },
    },
  )
  readConfig(environment, MACHINE)
  return [...asked].filter((name) => !name.startsWith('AWS_')).sort()
}
