import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatLimits, measureLimits } from '../../../scripts/evaluate/limits.ts'
import { temporaryFolder } from '../../support/folders.ts'

test('a model that sees characters alone takes other orders for the same, and other scripts for strangers', async () => {
  const folder = temporaryFolder('limits')
  const lines = Array.from({ length: 300 }, (_, row) => `sentence ${row},another ${row},3.0`)
  writeFileSync(join(folder, 'stsb-en-dev.csv'), lines.join('\n'))
  const embed = async (texts: readonly string[]) => {
    const data = new Float32Array(texts.length * 512)
    texts.forEach((text, row) => {
      const own = data.subarray(row * 512, (row + 1) * 512)
      for (const character of text) own[character.codePointAt(0)! % 512]! += 1
      const length = Math.hypot(...own)
      for (let column = 0; column < 512; column++) own[column]! /= length
    })
    return { data, rows: texts.length, columns: 512 }
  }
  const limits = await measureLimits(embed, folder)
  const of = (part: string) => limits.find(({ name }) => name.includes(part))!.measured
  expect(of('another order')).toBeCloseTo(1, 6)
  expect(of('scripts')).toBeLessThan(0.5)
  expect(of('that holds it')).toBeGreaterThan(of('another such document') - 0.01)
  expect(formatLimits(limits).split('\n')).toHaveLength(limits.length + 1)
})
