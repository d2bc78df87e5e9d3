import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, test } from 'vitest'

/** Whether this process may mount file systems: root may, outside of most containers. */
const mayMount = (() => {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'mount-'))
    mount(folder, ['size=64k'])
    unmount(folder)
    return true
  } catch {
    return false
  }
})()

function mount(folder: string, options: readonly string[]): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', folder], { stdio: 'ignore' })
}

function unmount(folder: string): void {
  execFileSync('umount', [folder], { stdio: 'ignore' })
  rmSync(folder, { recursive: true, force: true })
}

/** A disk of so many bytes, until the test ends. */
export function smallDisk(bytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'small-disk-'))
  mount(folder, [`size=${bytes}`])
  onTestFinished(() => unmount(folder))
  return folder
}

/** Makes a small disk one that can only be read. */
export function makeReadOnly(disk: string): void {
  execFileSync('mount', ['-o', 'remount,ro', disk], { stdio: 'ignore' })
}

/** A test that needs a disk of its own; where none may be mounted it is skipped by name. */
export function testWithDisk(name: string, run: () => Promise<void>): void {
  if (mayMount) test(name, run)
  else test.skip(`${name} (skipped: this user may not mount a tmpfs)`, () => {})
}
