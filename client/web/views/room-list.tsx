import type { ComponentChildren } from 'preact'
import { rows } from '../room-rows.ts'
import { dialog } from '../state.ts'
import { Icon } from './icon.tsx'
import { RoomLink } from './room-link.tsx'

/** The maximum number of listed rooms that are not joined; the quick switcher finds the others. */
const MAX_OTHERS = 15

export function RoomList() {
  const { mine, direct, others } = rows.value
  const more = others.length - MAX_OTHERS
  return (
    <nav class="rooms" aria-label="Rooms">
      <Section title="Rooms" action={<NewRoomButton />}>
        {mine.map((row) => (
          <RoomLink key={row.room} row={row} />
        ))}
      </Section>
      {direct.length > 0 && (
        <Section title="Direct messages">
          {direct.map((row) => (
            <RoomLink key={row.room} row={row} />
          ))}
        </Section>
      )}
      {others.length > 0 && (
        <Section title="More rooms">
          {others.slice(0, MAX_OTHERS).map((row) => (
            <RoomLink key={row.room} row={row} />
          ))}
        </Section>
      )}
      {more > 0 && <p class="more">and {more} more. Use search to find them.</p>}
    </nav>
  )
}

function Section({
  title,
  action,
  children,
}: {
  title: string
  action?: ComponentChildren
  children: ComponentChildren
}) {
  return (
    <section aria-label={title}>
      <div class="section-head">
        <h2>{title}</h2>
        {action}
      </div>
      <ul>{children}</ul>
    </section>
  )
}

function NewRoomButton() {
  const ask = () => {
    dialog.value = 'new room'
  }
  return (
    <button type="button" class="bare" aria-label="Create or join a room" title="Create or join a room" onClick={ask}>
      <Icon of="plus" />
    </button>
  )
}
