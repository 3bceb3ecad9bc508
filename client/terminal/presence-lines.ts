import { list } from './format.ts'

/** How long comings and goings are gathered: who leaves and is back within it was never gone. */
const GATHER_MS = 1_500

/** Who came and who left, said together in one line. */
export class PresenceLines {
  readonly #came = new Set<string>()
  readonly #left = new Set<string>()
  readonly #say: (line: string) => void
  #timer: NodeJS.Timeout | undefined

  constructor(say: (line: string) => void) {
    this.#say = say
  }

  /** Names. */
  add(came: readonly string[], left: readonly string[]): void {
    for (const name of came) if (!this.#left.delete(name)) this.#came.add(name)
    for (const name of left) if (!this.#came.delete(name)) this.#left.add(name)
    this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS).unref()
  }

  /** Another room is looked at. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#came.clear()
    this.#left.clear()
  }

  #tell(): void {
    const came = this.#came.size > 0 ? [`${list([...this.#came])} came`] : []
    const left = this.#left.size > 0 ? [`${list([...this.#left])} left`] : []
    this.clear()
    const both = [...came, ...left]
    if (both.length > 0) this.#say(both.join(', '))
  }
}
