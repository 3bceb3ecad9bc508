import type { ChatSession } from '../chat-session.ts'

export interface Command {
  /** The arguments, such as `NAME TEXT`. */
  usage: string
  about: string
  /** Possible completions of the last word; `words` are the words before it. */
  complete?(session: ChatSession, words: string[]): string[]
  /** `rest` is the line after the name. Throws a UsageError or a ChatFault. */
  run(session: ChatSession, rest: string): void | Promise<void>
}

/** The command is invalid; the message says what to enter. */
export class UsageError extends Error {}

/** The first word of a line, which may be quoted, and the rest. */
export function firstWord(line: string): { word: string; rest: string } {
  const text = line.trimStart()
  const [all = '', quoted, bare = ''] = /^(?:"([^"]*)"?|(\S+))/.exec(text) ?? []
  return { word: quoted ?? bare, rest: text.slice(all.length).trimStart() }
}

/** A message number, `#12` or `12`, at the start of a line, and the rest. */
export function firstNumber(line: string): { seq?: number; rest: string } {
  const [all = '', digits] = /^#?(\d{1,15})(?:\s+|$)/.exec(line.trimStart()) ?? []
  return { seq: digits === undefined ? undefined : Number(digits), rest: line.trimStart().slice(all.length) }
}

/** Quotes a name if it contains spaces. */
export const quoted = (name: string): string => (/\s/.test(name) ? `"${name}"` : name)
