import type { Entry } from '../../protocol/entry.ts'
import { clock } from './format.ts'
import { visible } from './visible.ts'

/** An entry as one line for a pipe; line breaks are shown as ␤. `room` is set if there are several. */
export function plainLine({ seq, kind, at, by, text = '', target, emoji, on, replyTo }: Entry, room?: string): string {
  const prefix = `${clock(at)}${room ? ` ${visible(room)}` : ''} #${seq} ${visible(by.name)}`
  switch (kind) {
    case 'message':
      return `${prefix}: ${replyTo === undefined ? '' : `(to #${replyTo}) `}${oneLine(text)}`
    case 'edit':
      return `${prefix} edited #${target}: ${oneLine(text)}`
    case 'delete':
      return `${prefix} deleted #${target}`
    case 'reaction':
      return `${prefix} ${on ? 'added' : 'removed'} ${visible(emoji ?? '')} ${on ? 'to' : 'from'} #${target}`
  }
}

const oneLine = (text: string) => visible(text.replace(/\r\n|\n/g, '␤'))
