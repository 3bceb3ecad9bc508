import type { Status, User } from '../../../protocol/people.ts'
import { initials } from '../initials.ts'

/** Initials on a color derived from the user id, with a status mark. Hidden from screen readers, which read the name and status in text. */
export function Avatar({ person, status }: { person: User; status?: Status }) {
  return (
    <span class="avatar" data-status={status} style={colourOf(person.id)} aria-hidden="true">
      <bdi>{initials(person.name)}</bdi>
    </span>
  )
}

/** One of 360 hues in two tones; white text has sufficient contrast on all of them. */
function colourOf(id: string) {
  let number = 0
  for (const letter of id) number = (number * 31 + letter.charCodeAt(0)) % 720
  return { '--hue': number % 360, '--tone': number < 360 ? 0.52 : 0.38 }
}
