import type { User } from '../../protocol/people.ts'
import { visible } from './visible.ts'

/** Everybody that was heard of, by id: a name may belong to several. */
export class KnownUsers {
  /** Oneself, who keeps the name as it is. */
  me = ''
  readonly #names = new Map<string, string>()

  add(users: readonly User[]): void {
    for (const { id, name } of users) this.#names.set(id, visible(name))
  }

  /** What to call somebody; with the end of the id when somebody else has the same name. */
  label(id: string): string {
    const name = this.#names.get(id)
    if (name === undefined) return 'somebody'
    return id !== this.me && this.find(name).length > 1 ? `${name}~${id.slice(-4)}` : name
  }

  /** The ids of those who are called so, in whatever case, or whose label or id it is. */
  find(text: string): string[] {
    const [wanted = '', end] = text.toLowerCase().split('~')
    const ids = [...this.#names].filter(([id, name]) => {
      if (id === text) return true
      return name.toLowerCase() === wanted && (end === undefined || id.endsWith(end))
    })
    return ids.map(([id]) => id)
  }

  get labels(): string[] {
    return [...this.#names.keys()].map((id) => this.label(id))
  }
}
