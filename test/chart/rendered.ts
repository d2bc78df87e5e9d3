import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { isRecord } from '../../src/is-record.ts'
import { FACTORS } from './factors.ts'
import { pairwise } from './pairs.ts'
import { CHART, runTool } from './tools.ts'

/** An object of Kubernetes as the chart renders it; tests look into it by paths. */
export type KubeObject = Readonly<Record<string, unknown>>

/** One combination of values with what the chart makes of it. */
export interface Rendered {
  /** What a failure is told by. */
  readonly name: string
  readonly path: string
  readonly objects: readonly KubeObject[]
}

/** Kinds of operators, whose schemas Kubernetes itself does not have. */
export const FOREIGN: readonly string[] = ['ScaledObject', 'TriggerAuthentication', 'ServiceMonitor']

/** A name of digits alone, and below one like a word of YAML: where a quote is missing, a number or nothing comes out. */
export const NAMESPACE = '2024'

const RELEASES = ['emb', 'a-release-whose-name-is-as-long-as-helm-lets-it-be-53', 'null', 'v1.2']

/** Renders every pair of choices into files below a folder. */
export async function renderAll(folder: string): Promise<Rendered[]> {
  const rows = pairwise(FACTORS.map(({ length }) => length))
  const rendered: Rendered[] = []
  for (const [index, row] of rows.entries()) {
    const values = row.map((choice, factor) => FACTORS[factor]![choice]!)
    rendered.push(await render(folder, index, values))
  }
  return rendered
}

async function render(folder: string, index: number, values: readonly object[]): Promise<Rendered> {
  const files = values.map((part, place) => {
    const path = join(folder, 'values', `${index}-${place}.json`)
    mkdirSync(join(folder, 'values'), { recursive: true })
    writeFileSync(path, JSON.stringify(part))
    return path
  })
  const release = RELEASES[index % RELEASES.length]!
  const { code, out, all } = await runTool('helm', [
    'template',
    release,
    CHART,
    '--namespace',
    NAMESPACE,
    ...files.flatMap((path) => ['--values', path]),
  ])
  const name = `${release} with ${JSON.stringify(values)}`
  if (code !== 0) throw new Error(`helm template ${name}: ${all}`)
  const objects = parseAllDocuments(out).flatMap((document) => {
    const value: unknown = document.toJS()
    return isRecord(value) ? [value] : []
  })
  const path = join(folder, `${index}.yaml`)
  writeFileSync(path, out)
  return { name, path, objects }
}

/** What lies at a path such as `spec.template.spec`; nothing where it ends early. */
export function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, name) =>
        isRecord(inner) ? inner[name] : Array.isArray(inner) ? inner[Number(name)] : undefined,
      value,
    )
}

/** The records of a list at a path; none where there is none. */
export function listAt(value: unknown, path: string): KubeObject[] {
  const found = at(value, path)
  return Array.isArray(found) ? found.filter(isRecord) : []
}

/** The objects of one kind. */
export function ofKind({ objects }: Rendered, kind: string): KubeObject[] {
  return objects.filter((object) => object.kind === kind)
}
