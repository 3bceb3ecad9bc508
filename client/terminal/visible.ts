// Marks that turn the direction of the text around them, or cross out the line for whoever reads it.
const DIRECTION = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g
const C0 = /[\u0000-\u001F]/g
const OTHER_CONTROLS = /[\u007F-\u009F\u2028\u2029\uFFF9-\uFFFB]/g
const PICTURES = 0x2400

/** More lines than this in one message are counted, not shown: nobody may empty somebody else's screen. */
const LINES_MOST = 24

/**
 * Somebody else's words as one line that a terminal draws and never obeys: control characters become their pictures
 * (ESC is ␛), marks of direction go.
 */
export function visible(text: string): string {
  return text
    .replace(/\t/g, '    ')
    .replace(C0, (control) => String.fromCharCode(PICTURES + control.charCodeAt(0)))
    .replace(OTHER_CONTROLS, (control) => (control === '\u007F' ? '␡' : '\uFFFD'))
    .replace(DIRECTION, '')
}

/** The same, line by line. */
export function visibleLines(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r|\u2028|\u2029/)
  const shown = lines.slice(0, LINES_MOST).map(visible)
  return lines.length > LINES_MOST ? [...shown, `… and ${lines.length - LINES_MOST} more lines`] : shown
}

/** As JSON that is safe to look at: what a terminal may obey, and JSON leaves as it is, is escaped as well. */
export function visibleJson(value: unknown): string {
  const escaped = (control: string) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replace(OTHER_CONTROLS, escaped).replace(DIRECTION, escaped)
}
