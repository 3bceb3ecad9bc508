import type { ChatSession } from '../talk.ts'

export interface Command {
  /** What follows the name, such as `NAME TEXT`. */
  usage: string
  about: string
  /** What the last word may become, when Tab is pressed: `words` are those before it. */
  complete?(talk: ChatSession, words: string[]): string[]
  /** `rest` is the line behind the name. Throws a Misuse, or a ChatFault. */
  run(talk: ChatSession, rest: string): void | Promise<void>
}

/** The command cannot be carried out as it was written; the sentence says what to write. */
export class UsageError extends Error {}

/** The first word of a line, which may stand in quotes, and what is behind it. */
export function firstWord(line: string): { word: string; rest: string } {
  const text = line.trimStart()
  const [all = '', quoted, bare = ''] = /^(?:"([^"]*)"?|(\S+))/.exec(text) ?? []
  return { word: quoted ?? bare, rest: text.slice(all.length).trimStart() }
}

/** `#12` or `12` in front of the rest of a line. */
export function firstNumber(line: string): { seq?: number; rest: string } {
  const [all = '', digits] = /^#?(\d{1,15})(?:\s+|$)/.exec(line.trimStart()) ?? []
  return { seq: digits === undefined ? undefined : Number(digits), rest: line.trimStart().slice(all.length) }
}

/** As a line takes it: in quotes when there is a space in it. */
export const quoted = (name: string): string => (/\s/.test(name) ? `"${name}"` : name)
