import { signal } from '@preact/signals'
import type { Entry } from '../../protocol/entry.ts'
import { storedValue } from './local-storage.ts'
import { mentions } from './mentions.ts'
import type { OpenRoom } from './open-room.ts'
import { isDirect } from './room-names.ts'
import { show } from './rooms.ts'
import { me } from './users.ts'

const stored = storedValue('hubbub.notifications', false)
const TEXT_CHARS = 140

/** The page cannot change `denied` and `unsupported`; only the user can, in the browser. */
export type Notifications = 'off' | 'on' | 'denied' | 'unsupported'
export const notifications = signal<Notifications>(currentState())

/** Requests the permission. Must be called from a click handler. */
export async function turnOn(): Promise<void> {
  stored.write(true)
  if (Notification.permission === 'default') await Notification.requestPermission()
  notifications.value = currentState()
}

export function turnOff(): void {
  stored.write(false)
  notifications.value = currentState()
}

/** Shows a notification for the newest unread direct message or mention, unless the page has the focus. */
export function notifyIfAddressed(room: OpenRoom, entries: readonly Entry[]): void {
  if (notifications.value !== 'on' || (!document.hidden && document.hasFocus())) return
  const read = room.lastRead.value ?? Number.POSITIVE_INFINITY
  const newest = entries.findLast((entry) => entry.seq > read && isAddressedToMe(room, entry))
  if (newest) notify(room.name, newest)
}

function isAddressedToMe({ name }: OpenRoom, { kind, by, text = '', deleted }: Entry): boolean {
  const self = me.value
  if (kind !== 'message' || deleted || !self || by.id === self.id) return false
  return isDirect(name) || mentions(text, self.name)
}

/** The `tag` makes a newer notification of the same room replace the older one. */
function notify(room: string, { by, text = '' }: Entry): void {
  const characters = [...text]
  const body = characters.length > TEXT_CHARS ? `${characters.slice(0, TEXT_CHARS).join('')}…` : text
  try {
    const notification = new Notification(isDirect(room) ? by.name : `${by.name} in #${room}`, {
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
    // Some mobile browsers support notifications for installed apps only.
    notifications.value = 'unsupported'
  }
}

function currentState(): Notifications {
  if (!('Notification' in globalThis)) return 'unsupported'
  if (Notification.permission === 'denied') return 'denied'
  return stored.read() && Notification.permission === 'granted' ? 'on' : 'off'
}
