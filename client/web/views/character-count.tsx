import { TEXT_MAX_CHARS } from '../../../protocol/limits.ts'

/** The counter appears when so many characters are left. */
const NEAR = 300

const numbers = new Intl.NumberFormat('en')
const many = (count: number) => `${numbers.format(count)} ${count === 1 ? 'character' : 'characters'}`

interface Props {
  /** In code points, of what is written. */
  length: number
  /** In code points, of what would have become too long by a paste. */
  refusedPaste?: number
}

/** How far it is to the limit of a message, once that is near. */
export function CharacterCount({ length, refusedPaste }: Props) {
  const left = TEXT_MAX_CHARS - length
  const words =
    refusedPaste !== undefined
      ? `Not pasted: with it, this would be ${many(refusedPaste)} long, and a message holds at most ${numbers.format(TEXT_MAX_CHARS)}.`
      : left < 0
        ? `${many(-left)} too many. A message holds at most ${numbers.format(TEXT_MAX_CHARS)}.`
        : left <= NEAR
          ? `${many(left)} left`
          : ''
  return (
    <p class="length" id="length" role="status" aria-label="Length" data-over={refusedPaste !== undefined || left < 0}>
      {words}
    </p>
  )
}
