import type { Manifest } from './manifest.ts'

/** The text that a model wants before texts of a role; none for a role that it does not know. */
export function promptOf({ prompts }: Manifest, role = ''): string {
  return Object.hasOwn(prompts, role) ? prompts[role]! : ''
}
