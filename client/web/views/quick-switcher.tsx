import { computed } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { User } from '../../../protocol/people.ts'
import { asRoomName, isDirect, roomNameProblem } from '../room-names.ts'
import { rows } from '../room-rows.ts'
import { show, showDirect } from '../rooms.ts'
import { openRooms } from '../state.ts'
import { me } from '../users.ts'
import { Dialog } from './dialog.tsx'

const MAX_RESULTS = 9

interface Destination {
  key: string
  mark: string
  title: string
  note: string
  go(): void
}

const people = computed(() => {
  const all = new Map<string, User>()
  for (const { members } of openRooms.value.values()) for (const member of members.value) all.set(member.id, member)
  return [...all.values()].filter(({ id }) => id !== me.value?.id)
})

/** Finds rooms and users by a part of their name, by keyboard only. */
export function QuickSwitcher() {
  const [typed, type] = useState('')
  const [chosen, choose] = useState(0)
  const destinations = search(typed)
  const at = Math.min(chosen, destinations.length - 1)
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also confirms a character in an input method editor.
    if (event.isComposing) return
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) choose((at + step + destinations.length) % destinations.length)
    else if (event.key === 'Enter') destinations[at]?.go()
    else return
    event.preventDefault()
  }
  return (
    <Dialog name="jump" title="Jump to a room or person">
      <input
        role="combobox"
        aria-label="Room or person"
        aria-expanded="true"
        aria-controls="places"
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `place-${at}` : undefined}
        placeholder="Search rooms and people"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        autofocus
        value={typed}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          type(event.currentTarget.value)
          choose(0)
        }}
      />
      <div id="places" class="places" role="listbox" aria-label="Rooms and people">
        {destinations.map(({ key, mark, title, note, go }, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus, and its arrows and Enter choose.
          // biome-ignore lint/a11y/useFocusableInteractive: as above.
          <div key={key} id={`place-${i}`} role="option" aria-selected={i === at} onClick={go}>
            <span aria-hidden="true">{mark}</span>{' '}
            <span>
              <bdi>{title}</bdi>
            </span>{' '}
            <small>{note}</small>
          </div>
        ))}
      </div>
      {destinations.length === 0 && <p class="rule">No matches.</p>}
    </Dialog>
  )
}

function search(typed: string): Destination[] {
  const sought = typed.trim().replace(/^[#@]/, '').toLocaleLowerCase()
  const { mine, direct, others } = rows.value
  const rooms = [...mine, ...direct, ...others].map(({ room, title, online }) => ({
    key: room,
    mark: isDirect(room) ? '@' : '#',
    title,
    note: isDirect(room) ? '' : `${online} online`,
    go: () => show(room),
  }))
  const known = new Set(direct.map(({ person }) => person?.id))
  const strangers = people.value.flatMap(({ id, name }) =>
    known.has(id) ? [] : [{ key: id, mark: '@', title: name, note: '', go: () => void showDirect(id) }],
  )
  const found = [...rooms, ...strangers].filter(({ title }) => title.toLocaleLowerCase().includes(sought))
  const name = asRoomName(typed)
  const isNew = roomNameProblem(name) === undefined && !rooms.some(({ key }) => key === name)
  const created = { key: name, mark: '+', title: name, note: 'create or join this room', go: () => show(name) }
  return [...found.slice(0, MAX_RESULTS), ...(isNew ? [created] : [])]
}
