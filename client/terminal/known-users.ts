import type { User } from '../../protocol/people.ts'
import { visible } from './visible.ts'

/** All users seen so far, by id; several users may have the same name. */
export class KnownUsers {
  /** The id of the own user, whose label never gets a suffix. */
  me = ''
  readonly #names = new Map<string, string>()

  add(users: readonly User[]): void {
    for (const { id, name } of users) this.#names.set(id, visible(name))
  }

  /** The user's name, with the end of the id as a suffix if another user has the same name. */
  label(id: string): string {
    const name = this.#names.get(id)
    if (name === undefined) return 'unknown user'
    return id !== this.me && this.find(name).length > 1 ? `${name}~${id.slice(-4)}` : name
  }

  /** The ids of the users with this name (case-insensitive), label or id. */
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
