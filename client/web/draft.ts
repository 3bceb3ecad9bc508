import { batch, effect, signal } from '@preact/signals'
import type { Message } from '../sdk/timeline.ts'

/** The text of a room's composer. It survives a reload (in `sessionStorage`) and an edit that interrupts it. */
export class Draft {
  readonly text = signal('')
  readonly replyTo = signal<Message>()
  readonly editing = signal<Message>()
  readonly #draft: string
  /** The draft of a new message while another message is being edited. */
  readonly #parked = signal('')

  /** `place`: the storage key's suffix; unique for each room and user. */
  constructor(place: string) {
    this.#draft = `hubbub.draft:${place}`
    try {
      this.text.value = sessionStorage.getItem(this.#draft) ?? ''
    } catch {
      // Storage is disabled: start with an empty draft.
    }
    effect(() => this.#keep(this.editing.value ? this.#parked.value : this.text.value))
  }

  reply(message: Message): void {
    this.cancel()
    this.replyTo.value = message
  }

  edit(message: Message): void {
    this.cancel()
    batch(() => {
      this.#parked.value = this.text.value
      this.editing.value = message
      this.text.value = message.text
    })
  }

  /** Ends an edit or a reply, and restores the draft. */
  cancel(): void {
    batch(() => {
      if (this.editing.value) this.text.value = this.#parked.value
      this.#parked.value = ''
      this.editing.value = undefined
      this.replyTo.value = undefined
    })
  }

  /** Clears the composer after a send. */
  clear(): void {
    batch(() => {
      if (!this.editing.value) this.text.value = ''
      this.cancel()
    })
  }

  #keep(draft: string): void {
    try {
      if (draft) sessionStorage.setItem(this.#draft, draft)
      else sessionStorage.removeItem(this.#draft)
    } catch {
      // Storage is full or disabled: the draft is lost on reload.
    }
  }
}
