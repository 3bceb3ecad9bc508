/** Skips the room list, for keyboard users. */
export function SkipLink() {
  const skip = () => {
    const place =
      document.querySelector<HTMLElement>('.composer textarea') ?? document.querySelector<HTMLElement>('.room')
    place?.focus()
  }
  return (
    <button type="button" class="skip" onClick={skip}>
      Skip to conversation
    </button>
  )
}
