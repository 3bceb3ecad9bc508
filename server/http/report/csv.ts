export type Field = string | number | undefined

/** RFC 4180: CRLF between lines, quotation marks where they are needed. */
export const csv = (rows: readonly (readonly Field[])[]): string =>
  rows.map((row) => `${row.map(field).join(',')}\r\n`).join('')

function field(value: Field): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return `${value}`
  const harmless = STARTS_A_FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** What a spreadsheet would work out instead of show, also behind blanks that it passes over. */
const STARTS_A_FORMULA = /^\s*[=+\-@\t\r\n|＝＋－＠]/
