import { expect, test } from 'vitest'
import { createProgressBar, describeProgress } from '../../../scripts/console/progress.ts'

test.each([
  [25, 25, 1000, 'x ██████░░░░░░░░░░░░░░░░░░ 25 % 25.0/100.0 MB 25.0 MB/s 3 s left'],
  [90, 1, 1000, 'x █████████████████████░░░ 90 % 90.0/100.0 MB 1.0 MB/s 10 s left'],
  [0, 0, 0, 'x ░░░░░░░░░░░░░░░░░░░░░░░░ 0 % 0.0/100.0 MB 0.0 MB/s'],
  [1, 1, 2000, 'x ░░░░░░░░░░░░░░░░░░░░░░░░ 1 % 1.0/100.0 MB 0.5 MB/s 3 min left'],
  [100, 100, 4000, 'x ████████████████████████ 100 % 100.0/100.0 MB 25.0 MB/s'],
])('shows %i of 100 MB, %i of them new, after %i ms', (done, fresh, elapsedMs, line) => {
  const [totalBytes, doneBytes, newBytes] = [100e6, done * 1e6, fresh * 1e6]
  expect(describeProgress({ label: 'x', totalBytes, doneBytes, newBytes, elapsedMs })).toBe(line)
})

test('an empty file is there at once', () => {
  const empty = { label: 'x', totalBytes: 0, doneBytes: 0, newBytes: 0, elapsedMs: 5 }
  expect(describeProgress(empty)).toContain('100 %')
})

function recorder(isTTY: boolean) {
  const written: string[] = []
  return { isTTY, write: (text: string) => written.push(text), written }
}

test('draws over its line on a terminal, at most ten times a second', () => {
  const terminal = recorder(true)
  let clock = 0
  const bar = createProgressBar('x', 1000, terminal, () => clock)
  for (clock = 0; clock < 1000; clock += 10) bar.show(clock)
  bar.end()
  expect(terminal.written).toHaveLength(11)
  expect(terminal.written.every((text) => text.startsWith('\r'))).toBe(true)
  expect(terminal.written.at(-1)).toMatch(/\n$/)
})

test('prints one line where there is no terminal', () => {
  const file = recorder(false)
  const bar = createProgressBar('x', 10, file)
  bar.show(5)
  bar.show(10)
  bar.end()
  expect(file.written).toHaveLength(1)
  expect(file.written[0]).toContain('100 %')
})
