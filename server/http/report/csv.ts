export type Field = string | number | undefined

/** RFC 4180: lines end with CRLF; fields are quoted only if necessary. Values that spreadsheets would evaluate are escaped. */
export const csv = (rows: readonly (readonly Field[])[]): string =>
  rows.map((row) => `${row.map(field).join(',')}\r\n`).join('')

function field(value: Field): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return `${value}`
  const harmless = STARTS_A_FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** Values that a spreadsheet would evaluate as a formula, also after leading white space. */
const STARTS_A_FORMULA = /^\s*[=+\-@\t\r\n|＝＋－＠]/
