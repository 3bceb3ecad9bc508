import { expect, test } from '@jest/globals'
import { reportPath } from './report-address.ts'

test('finds the path in the log line with the report’s address, and in no other line', () => {
  const line = '{"level":30,"node":"n1","report":"http://localhost:8080/report?token=a-b_c","msg":"…"}'
  expect(reportPath(line)).toBe('/report?token=a-b_c')
  for (const other of ['', 'report', '{"report":"nowhere"}', '{"msg":"ready"}', '{"report":']) {
    expect(reportPath(other)).toBeUndefined()
  }
})
