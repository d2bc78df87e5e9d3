import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openTeacher } from '../../../scripts/train/teacher.ts'
import { rowOf } from '../../../src/vector/matrix.ts'
import { dot } from '../../../src/vector/similarity.ts'
import { temporaryFolder } from '../../support/folders.ts'

function openBundled(cache: string) {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {})
  const teacher = openTeacher('jobs-static', 'layers/models', cache)
  onTestFinished(async () => {
    printed.mockRestore()
    await teacher.close()
  })
  return { teacher, printed }
}

test('a teacher computes unit vectors once, and reads them the second time', async () => {
  const cache = join(temporaryFolder('teacher'), 'vectors')
  const { teacher, printed } = openBundled(cache)
  const first = await teacher.vectorsOf('titles', ['护士', 'nurse'])
  expect([first.rows, first.columns]).toEqual([2, 256])
  expect(dot(rowOf(first, 0), rowOf(first, 0))).toBeCloseTo(1, 5)
  expect(printed.mock.calls).toEqual([['jobs-static-2: titles, 2 of 2 texts']])
  const [file] = readdirSync(cache)
  expect(file).toMatch(/^jobs-static-2-titles-[0-9a-f]{32}\.f32$/)
  // What the second call gives is what stands in the file.
  const bytes = readFileSync(join(cache, file!))
  bytes.writeFloatLE(0.5, 0)
  writeFileSync(join(cache, file!), bytes)
  const second = await teacher.vectorsOf('titles', ['护士', 'nurse'])
  expect(second.data[0]).toBe(0.5)
  expect(second.data.slice(1)).toEqual(first.data.slice(1))
  expect(printed).toHaveBeenCalledTimes(1)
})

test('other texts have a file of their own; a file of another size is refused with what to do', async () => {
  const cache = temporaryFolder('teacher')
  const { teacher } = openBundled(cache)
  await teacher.vectorsOf('titles', ['nurse'])
  await teacher.vectorsOf('titles', ['driver'])
  expect(readdirSync(cache)).toHaveLength(2)
  for (const file of readdirSync(cache)) truncateSync(join(cache, file), 8)
  await expect(teacher.vectorsOf('titles', ['nurse'])).rejects.toThrow(
    'has 8 bytes; expected 1024 for 1 vectors of 256 values; delete it',
  )
})
