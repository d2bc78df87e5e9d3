import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, describe, expect, it } from 'vitest'
import { hasEnded, ownName } from '../../../src/models/files/process-name.ts'
import { because } from '../../support/because.ts'
import { bundleProgram } from '../../support/bundles.ts'

const isLinux = process.platform === 'linux'
const program = await bundleProgram('test/support/name-owner.ts')
afterAll(() => program.remove())

/** A process that says its own name and lives until it is killed. */
async function startProcess() {
  const child = spawn(process.execPath, [program.path('name-owner.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [name] = await once(child.stdout!.setEncoding('utf8'), 'data')
  return { child, name: String(name).trim() }
}

describe('hasEnded', () => {
  it('knows that this process lives', () => {
    expect(hasEnded(ownName())).toBe(false)
  })

  it('knows another process while it lives and once it was killed', async () => {
    const { child, name } = await startProcess()
    expect(hasEnded(name)).toBe(false)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(hasEnded(name)).toBe(true)
  })

  it.runIf(isLinux)(
    `tells a process from an earlier one with the same number${because(!isLinux && 'only /proc of Linux tells them apart')}`,
    () => {
      const [machine, id] = ownName().split('.')
      expect(hasEnded(`${machine}.${id}.1`)).toBe(true)
    },
  )

  it('does not judge processes of other machines', () => {
    expect(hasEnded('0123456789ab.1.1')).toBeUndefined()
  })
})
