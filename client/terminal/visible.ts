// Marks that change the direction of the surrounding text, and so can disguise a line.
const DIRECTION = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g
const C0 = /[\u0000-\u001F]/g
const OTHER_CONTROLS = /[\u007F-\u009F\u2028\u2029\uFFF9-\uFFFB]/g
const PICTURES = 0x2400

/** Limit for the lines of one message that are shown, so that a message cannot scroll everything else away. */
const MAX_LINES = 24

/**
 * Makes untrusted text safe to print on one line of a terminal: control characters are replaced by their pictures (ESC
 * by ␛), and direction marks are removed.
 */
export function visible(text: string): string {
  return text
    .replace(/\t/g, '    ')
    .replace(C0, (control) => String.fromCharCode(PICTURES + control.charCodeAt(0)))
    .replace(OTHER_CONTROLS, (control) => (control === '\u007F' ? '␡' : '\uFFFD'))
    .replace(DIRECTION, '')
}

/** Like `visible`, but keeps line breaks. */
export function visibleLines(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r|\u2028|\u2029/)
  const shown = lines.slice(0, MAX_LINES).map(visible)
  return lines.length > MAX_LINES ? [...shown, `… and ${lines.length - MAX_LINES} more lines`] : shown
}

/** JSON that is safe to print: also escapes the control characters that JSON.stringify leaves as they are. */
export function visibleJson(value: unknown): string {
  const escaped = (control: string) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replace(OTHER_CONTROLS, escaped).replace(DIRECTION, escaped)
}
