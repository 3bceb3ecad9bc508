import type { Entry } from '../../protocol/entry.ts'
import type { Message } from '../sdk/timeline.ts'
import { clock, list, shortened } from './format.ts'
import type { Colors } from './paint.ts'
import type { KnownUsers } from './people.ts'
import { visible, visibleLines } from './visible.ts'

export interface RenderContext {
  people: KnownUsers
  paint: Colors
}

const QUOTED_CHARS = 32

/** A message as it stands now: `14:03 #12 Ada: hello (edited)  👍 Bob`. `where` is said when it is another room. */
export function messageLine(message: Message, { people, paint }: RenderContext, where = ''): string {
  const { seq, at, by, text, replyTo, editedAt, deleted, reactions } = message
  const begin = `${paint.dim(`${clock(at)} #${seq}`)} ${where}${paint.name(by.id, people.label(by.id))}: `
  if (deleted) return begin + paint.dim('(deleted)')
  const answered = replyTo === undefined ? '' : paint.dim(`↳ #${replyTo} `)
  const edited = editedAt === undefined ? '' : paint.dim(' (edited)')
  const liked = reactions.map(
    ({ emoji, users }) => `  ${visible(emoji)} ${paint.dim(list(users.map(({ id }) => people.label(id))))}`,
  )
  return begin + answered + body(text, paint) + edited + liked.join('')
}

/** An entry just heard. `about` is the message that it changes, when that is known. */
export function entryLine(entry: Entry, reader: RenderContext, about: Message | undefined, where = ''): string {
  const { people, paint } = reader
  if (entry.kind === 'message') {
    const { seq, at, by, text = '', replyTo, deleted = false } = entry
    return messageLine({ seq, at, by, text, replyTo, deleted, reactions: [] }, reader, where)
  }
  const { at, by, kind, target, emoji = '', on, text = '' } = entry
  const quoted = about?.text ? ` “${shortened(visibleLines(about.text)[0] ?? '', QUOTED_CHARS)}”` : ''
  const what = `#${target}${kind === 'edit' ? '' : paint.dim(quoted)}`
  const did = {
    edit: entry.deleted ? `edited ${what}` : `edited ${what}: ${body(text, paint)}`,
    delete: `deleted #${target}`,
    reaction: on ? `reacted ${visible(emoji)} to ${what}` : `took ${visible(emoji)} off ${what}`,
  }[kind]
  return `${paint.dim(clock(at))} ${where}${paint.name(by.id, people.label(by.id))} ${did}`
}

/** The further lines of a text are marked, so that none of them passes for somebody else's message. */
const body = (text: string, paint: Colors): string => visibleLines(text).join(`\n${paint.dim('      │')} `)
