import { TEXT_MAX_CHARS } from '../../../protocol/limits.ts'

/** The counter appears when this many characters or fewer are left. */
const SHOW_BELOW = 300

const numbers = new Intl.NumberFormat('en')
const many = (count: number) => `${numbers.format(count)} ${count === 1 ? 'character' : 'characters'}`

interface Props {
  /** Code points of the composer's text. */
  length: number
  /** Code points that the text would have had after a paste that was rejected. */
  refusedPaste?: number
}

/** The number of characters left, shown near the limit. */
export function CharacterCount({ length, refusedPaste }: Props) {
  const left = TEXT_MAX_CHARS - length
  const words =
    refusedPaste !== undefined
      ? `Not pasted: your message would have ${many(refusedPaste)}. The limit is ${numbers.format(TEXT_MAX_CHARS)}.`
      : left < 0
        ? `${many(-left)} too many. The limit is ${numbers.format(TEXT_MAX_CHARS)}.`
        : left <= SHOW_BELOW
          ? `${many(left)} left`
          : ''
  return (
    <p
      class="length"
      id="length"
      role="status"
      aria-label="Message length"
      data-over={refusedPaste !== undefined || left < 0}
    >
      {words}
    </p>
  )
}
