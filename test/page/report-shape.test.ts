import { expect, test } from 'vitest'
import { readReportWords } from '../../src/page/report-shape.ts'

test('the page says what a report decided, and its reasons', () => {
  const reasons = ['There are 100 distinct queries; expected at least 200.']
  expect(readReportWords({ decision: { ships: false, reasons } })).toEqual({ ships: false, reasons })
  expect(readReportWords({ decision: { ships: true, reasons: [] } })).toEqual({ ships: true, reasons: [] })
})

test.each([
  [null],
  ['better'],
  [{}],
  [{ decision: 'ships' }],
  [{ decision: { ships: 'yes', reasons: [1, {}] } }],
])('the page says nothing of a report of another shape: %j', (report) => {
  expect(readReportWords(report)).toEqual({ ships: undefined, reasons: [] })
})
