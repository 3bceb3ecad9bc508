import type { Entry } from '../../protocol/entry.ts'
import type { Message } from '../sdk/timeline.ts'
import type { Colors } from './colors.ts'
import { clock, list, shortened } from './format.ts'
import type { KnownUsers } from './known-users.ts'
import { visible, visibleLines } from './visible.ts'

export interface RenderContext {
  people: KnownUsers
  colors: Colors
}

const QUOTED_CHARS = 32

/**
 * A message as it stands now: `14:03 #12 Ada: hello (edited)  👍 Bob`. `where` names the room if it is not the current
 * one.
 */
export function messageLine(message: Message, { people, colors }: RenderContext, where = ''): string {
  const { seq, at, by, text, replyTo, editedAt, deleted, reactions } = message
  const prefix = `${colors.dim(`${clock(at)} #${seq}`)} ${where}${colors.name(by.id, people.label(by.id))}: `
  if (deleted) return prefix + colors.dim('(deleted)')
  const answered = replyTo === undefined ? '' : colors.dim(`↳ #${replyTo} `)
  const edited = editedAt === undefined ? '' : colors.dim(' (edited)')
  const liked = reactions.map(
    ({ emoji, users }) => `  ${visible(emoji)} ${colors.dim(list(users.map(({ id }) => people.label(id))))}`,
  )
  return prefix + answered + body(text, colors) + edited + liked.join('')
}

/** A live entry. `about` is the message that it changes, if known. */
export function entryLine(entry: Entry, reader: RenderContext, about: Message | undefined, where = ''): string {
  const { people, colors } = reader
  if (entry.kind === 'message') {
    const { seq, at, by, text = '', replyTo, deleted = false } = entry
    return messageLine({ seq, at, by, text, replyTo, deleted, reactions: [] }, reader, where)
  }
  const { at, by, kind, target, emoji = '', on, text = '' } = entry
  const quoted = about?.text ? ` “${shortened(visibleLines(about.text)[0] ?? '', QUOTED_CHARS)}”` : ''
  const what = `#${target}${kind === 'edit' ? '' : colors.dim(quoted)}`
  const did = {
    edit: entry.deleted ? `edited ${what}` : `edited ${what}: ${body(text, colors)}`,
    delete: `deleted #${target}`,
    reaction: on ? `reacted ${visible(emoji)} to ${what}` : `removed ${visible(emoji)} from ${what}`,
  }[kind]
  return `${colors.dim(clock(at))} ${where}${colors.name(by.id, people.label(by.id))} ${did}`
}

/** Continuation lines are marked, so that a text cannot forge another user's message. */
const body = (text: string, colors: Colors): string => visibleLines(text).join(`\n${colors.dim('      │')} `)
