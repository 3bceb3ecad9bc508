import { signal } from '@preact/signals'
import type { Entry } from '../../protocol/entry.ts'
import { storedSignal } from './local-storage.ts'
import { mentions } from './mentions.ts'
import type { OpenRoom } from './open-room.ts'
import { isDirect } from './room-names.ts'
import { show } from './rooms.ts'
import { me } from './users.ts'

const choice = storedSignal('hubbub.notifications', false)
const TEXT_CHARS = 140

/** `denied` and `unsupported` are for the browser to change, not for us. */
export type Notifications = 'off' | 'on' | 'denied' | 'unsupported'
export const notifications = signal<Notifications>(now())

/** Asks the browser, which asks the person: only ever upon a click. */
export async function turnOn(): Promise<void> {
  choice.write(true)
  if (Notification.permission === 'default') await Notification.requestPermission()
  notifications.value = now()
}

export function turnOff(): void {
  choice.write(false)
  notifications.value = now()
}

/** Tells of what is new in a room and meant for us, unless somebody is looking at this page. */
export function notifyOf(room: OpenRoom, entries: readonly Entry[]): void {
  if (notifications.value !== 'on' || (!document.hidden && document.hasFocus())) return
  const read = room.read.value ?? Number.POSITIVE_INFINITY
  const news = entries.findLast((entry) => entry.seq > read && isForMe(room, entry))
  if (news) notify(room.name, news)
}

function isForMe({ name }: OpenRoom, { kind, by, text = '', deleted }: Entry): boolean {
  const self = me.value
  if (kind !== 'message' || deleted || !self || by.id === self.id) return false
  return isDirect(name) || mentions(text, self.name)
}

/** One for each room: what is newer takes its place. */
function notify(room: string, { by, text = '' }: Entry): void {
  const letters = [...text]
  const body = letters.length > TEXT_CHARS ? `${letters.slice(0, TEXT_CHARS).join('')}…` : text
  try {
    const notification = new Notification(isDirect(room) ? by.name : `${by.name} in ${room}`, {
      body,
      tag: room,
      icon: '/favicon.svg',
    })
    notification.onclick = () => {
      notification.close()
      focus()
      show(room)
    }
  } catch {
    // Some phones have them for installed pages alone.
    notifications.value = 'unsupported'
  }
}

function now(): Notifications {
  if (!('Notification' in globalThis)) return 'unsupported'
  if (Notification.permission === 'denied') return 'denied'
  return choice.read() && Notification.permission === 'granted' ? 'on' : 'off'
}
