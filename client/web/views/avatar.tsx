import type { Status, User } from '../../../protocol/people.ts'
import { initials } from '../initials.ts'

/** Initials on a colour that stays with the person, and a mark for their status. Whoever reads aloud is told elsewhere. */
export function Avatar({ person, status }: { person: User; status?: Status }) {
  return (
    <span class="avatar" data-status={status} style={{ '--hue': hueOf(person.id) }} aria-hidden="true">
      <bdi>{initials(person.name)}</bdi>
    </span>
  )
}

function hueOf(id: string): number {
  let hue = 0
  for (const letter of id) hue = (hue * 31 + letter.charCodeAt(0)) % 360
  return hue
}
