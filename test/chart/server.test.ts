import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folders.ts'
import { type ApiServer, hasApiServer, startApiServer } from './api-server.ts'
import { at, FOREIGN, type KubeObject, NAMESPACE, ofKind, type Rendered, renderAll } from './rendered.ts'
import { installed } from './tools.ts'

const ready = installed && hasApiServer
const reason =
  ' (skipped: set KUBEBUILDER_ASSETS to a folder with kube-apiserver and etcd, then run npm run test:chart)'
if (!ready) console.warn(`The Helm chart on an API server${reason}`)

const LEVEL = 'pod-security.kubernetes.io'
let all: readonly Rendered[] = []
let server: ApiServer | undefined

const json = (objects: readonly KubeObject[]) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })

const apply = (objects: readonly KubeObject[], ...more: string[]) =>
  server!.kubectl(
    ['apply', '--server-side', '--validate=strict', '--warnings-as-errors', ...more, '-f', '-'],
    json(objects),
  )

beforeAll(async () => {
  if (!ready) return
  server = await startApiServer(temporaryFolder('api-server'))
  all = await renderAll(temporaryFolder('chart'))
  const labels = { [`${LEVEL}/enforce`]: 'restricted', [`${LEVEL}/warn`]: 'restricted' }
  const made = await apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } },
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: '10' }, value: 1000 },
  ])
  if (made.code !== 0) throw new Error(made.all)
}, 900_000)

afterAll(() => server?.stop())

describe.skipIf(!ready)(`the chart on an API server${ready ? '' : reason}`, () => {
  test('warns of a pod that is not restricted, so that the tests below can fail', async () => {
    const metadata = { name: 'loose', namespace: NAMESPACE }
    const spec = { containers: [{ name: 'loose', image: 'loose' }] }
    const { code, all: said } = await apply([{ apiVersion: 'v1', kind: 'Pod', metadata, spec }])
    expect([code === 0, said]).toEqual([false, expect.stringContaining('violates PodSecurity "restricted')])
  })

  test('is taken in every combination, with strict validation and without a warning', async () => {
    const problems: string[] = []
    for (const { name, objects } of all) {
      const own = objects.filter(({ kind }) => !FOREIGN.includes(String(kind)))
      const { code, all: said } = await apply(own, '--dry-run=server')
      if (code !== 0 || /warning/i.test(said)) problems.push(`${name}: ${said}`)
    }
    expect(all.length).toBeGreaterThan(15)
    expect(problems).toEqual([])
  })

  test('makes pods that a namespace of the level "restricted" takes', async () => {
    const problems: string[] = []
    for (const rendered of all) {
      const pods = ofKind(rendered, 'Deployment').map((object, index) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: `pod-${index}`,
          namespace: NAMESPACE,
          labels: at(object, 'spec.template.metadata.labels'),
        },
        spec: at(object, 'spec.template.spec'),
      }))
      const { code, all: said } = await apply(pods, '--dry-run=server')
      if (code !== 0) problems.push(`${rendered.name}: ${said}`)
    }
    expect(problems).toEqual([])
  })

  test('is applied in one release after the other, as an upgrade would', async () => {
    const problems: string[] = []
    for (const { name, objects } of all) {
      const own = objects.filter(({ kind }) => !FOREIGN.includes(String(kind)))
      const { code, all: said } = await apply(own)
      // Selectors cannot change: another name of the chart under the same name of objects is another release.
      if (code !== 0 && !/spec\.selector.*field is immutable/.test(said)) problems.push(`${name}: ${said}`)
    }
    expect(problems).toEqual([])
  })
})
