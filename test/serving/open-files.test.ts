import { expect, test } from 'vitest'
import { describeFewFiles } from '../../src/serving/open-files.ts'

const limitsOf = (files: string) =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${files}                 ${files}                 files     \n`

test('says how many open files connections need where the system gives fewer', () => {
  expect(describeFewFiles(1000, limitsOf('1024'))).toEqual([
    'The process may have 1024 open files, too few for MAX_CONNECTIONS=1000: connections beyond would be closed unheard; raise "ulimit -n" to 1128, or lower MAX_CONNECTIONS.',
  ])
})

test('says nothing where they are enough, unlimited or unknown', () => {
  for (const limits of [limitsOf('1128'), limitsOf('unlimited'), '']) {
    expect(describeFewFiles(1000, limits)).toEqual([])
  }
})

test('reads the limit of this process where the system is Linux', () => {
  expect(describeFewFiles(1e12)).toHaveLength(process.platform === 'linux' ? 1 : 0)
})
