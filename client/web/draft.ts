import { batch, effect, signal } from '@preact/signals'
import type { Message } from '../sdk/timeline.ts'

/** What is being written in a room. The draft of a message outlives a reload, and an edit in between. */
export class Draft {
  readonly text = signal('')
  readonly replying = signal<Message>()
  readonly editing = signal<Message>()
  readonly #draft: string
  /** The draft that waits for the end of an edit. */
  readonly #parked = signal('')

  /** `place`: where this is kept, different for each room and person. */
  constructor(place: string) {
    this.#draft = `hubbub.draft:${place}`
    try {
      this.text.value = sessionStorage.getItem(this.#draft) ?? ''
    } catch {
      // A forbidden storage.
    }
    effect(() => this.#keep(this.editing.value ? this.#parked.value : this.text.value))
  }

  reply(message: Message): void {
    this.stop()
    this.replying.value = message
  }

  edit(message: Message): void {
    this.stop()
    batch(() => {
      this.#parked.value = this.text.value
      this.editing.value = message
      this.text.value = message.text
    })
  }

  /** Ends an edit or a reply; the draft comes back. */
  stop(): void {
    batch(() => {
      if (this.editing.value) this.text.value = this.#parked.value
      this.#parked.value = ''
      this.editing.value = undefined
      this.replying.value = undefined
    })
  }

  /** What was written is on its way. */
  sent(): void {
    batch(() => {
      if (!this.editing.value) this.text.value = ''
      this.stop()
    })
  }

  #keep(draft: string): void {
    try {
      if (draft) sessionStorage.setItem(this.#draft, draft)
      else sessionStorage.removeItem(this.#draft)
    } catch {
      // A full or forbidden storage: the draft lives as long as the page.
    }
  }
}
