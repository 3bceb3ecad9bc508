import type { Status, User } from '../../../protocol/people.ts'

/** The first letter on a colour that stays with the person. */
export function Avatar({ person, status }: { person: User; status?: Status }) {
  let hue = 0
  for (const letter of person.id) hue = (hue * 31 + letter.charCodeAt(0)) % 360
  return (
    <span class="avatar" data-status={status} style={{ '--hue': hue }} aria-hidden="true">
      {[...person.name][0]?.toUpperCase()}
    </span>
  )
}
