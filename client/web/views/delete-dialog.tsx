import { useLayoutEffect, useRef } from 'preact/hooks'

/** Confirms a deletion. Escape and a click outside cancel. */
export function DeleteDialog({ text, agree, close }: { text: string; agree(): void; close(): void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      ref={dialog}
      class="dialog ask"
      aria-labelledby="ask-title"
      onClose={close}
      onPointerDown={(event) => event.target === dialog.current && event.currentTarget.close()}
    >
      <form method="dialog">
        <h2 id="ask-title">Delete this message for everyone?</h2>
        <blockquote dir="auto">{text}</blockquote>
        <p class="choice">
          <button type="submit">Cancel</button>
          <button type="submit" class="danger" onClick={agree}>
            Delete
          </button>
        </p>
      </form>
    </dialog>
  )
}
