import type { Entry } from '../../protocol/entry.ts'
import { clock } from './format.ts'
import { visible } from './visible.ts'

/** An entry as one line for a pipe; line breaks are shown as ␤. `room` when there are several. */
export function plainLine({ seq, kind, at, by, text = '', target, emoji, on, replyTo }: Entry, room?: string): string {
  const begin = `${clock(at)}${room ? ` ${visible(room)}` : ''} #${seq} ${visible(by.name)}`
  switch (kind) {
    case 'message':
      return `${begin}: ${replyTo === undefined ? '' : `(to #${replyTo}) `}${oneLine(text)}`
    case 'edit':
      return `${begin} edited #${target}: ${oneLine(text)}`
    case 'delete':
      return `${begin} deleted #${target}`
    case 'reaction':
      return `${begin} ${on ? 'put' : 'took'} ${visible(emoji ?? '')} ${on ? 'on' : 'off'} #${target}`
  }
}

const oneLine = (text: string) => visible(text.replace(/\r\n|\n/g, '␤'))
