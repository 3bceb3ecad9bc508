import { newId, type OutboxStore, type PendingCommand } from './pending-command.ts'

/** So many letters of the longest text take about a third of the 5 million characters that browsers grant an origin. */
export const TAB_LETTERS_MOST = 200
/** As long as a guest's token by default: afterwards nobody can be their author any more. */
const KEPT_MS = 30 * 86_400_000

interface Browser {
  storage?: Storage
  /** None where the page is not in a secure context. */
  locks?: Pick<LockManager, 'request'> | null
  tabs?: Pick<EventTarget, 'addEventListener'>
}

/**
 * Letters in localStorage, which all tabs of an origin share: one key for each, `hubbub.letters:<tab>:<clientId>`, so
 * that no tab overwrites another's. A tab holds the lock `hubbub.letters:<tab>` (Web Locks API) for as long as it lives,
 * and waits for the lock of every other tab that has letters: whoever gets it knows that tab to be dead, holds the lock
 * from then on, and says its letters.
 *
 * Without locks (a page over plain http) a tab takes every letter that it finds when it starts. Another live tab may say
 * one as well, with the same clientId, so that the cluster knows it.
 *
 * One for a page: it belongs to its tab, not to a client.
 */
export class LocalStorageOutbox implements OutboxStore {
  readonly #prefix: string
  readonly #storage: Storage
  readonly #locks: Browser['locks']
  readonly #own = newId()
  /** The tabs whose letters are ours to say. */
  readonly #tabs = new Set([this.#own])
  readonly #awaited = new Set<string>()
  #found: (pendingCommands: PendingCommand[]) => void = () => {}

  constructor(prefix = 'hubbub.letters', browser: Browser = {}) {
    const { storage = localStorage, locks = navigator.locks, tabs = globalThis } = browser
    this.#prefix = `${prefix}:`
    this.#storage = storage
    this.#locks = locks
    const others = new Set(this.#keys().map((key) => this.#tabOf(key)))
    if (!locks) {
      for (const tab of others) this.#tabs.add(tab)
      return
    }
    this.#hold(this.#own)
    for (const tab of others) this.#await(tab)
    tabs.addEventListener('storage', (event) => {
      const { key, newValue } = event as StorageEvent
      if (key?.startsWith(this.#prefix) && newValue !== null) this.#await(this.#tabOf(key))
    })
  }

  all(): PendingCommand[] {
    return this.#read((tab) => this.#tabs.has(tab))
  }

  put(pendingCommand: PendingCommand): void {
    const known = this.#keyOf(pendingCommand)
    if (!known && this.#keys().length >= TAB_LETTERS_MOST) throw new Error(`${TAB_LETTERS_MOST} letters wait already.`)
    this.#storage.setItem(
      known ?? `${this.#prefix}${this.#own}:${pendingCommand.input.clientId}`,
      JSON.stringify(pendingCommand),
    )
  }

  drop(letter: PendingCommand): void {
    const key = this.#keyOf(letter)
    if (key) this.#storage.removeItem(key)
  }

  watch(found: (letters: PendingCommand[]) => void): void {
    this.#found = found
  }

  #await(tab: string): void {
    if (this.#tabs.has(tab) || this.#awaited.has(tab)) return
    this.#awaited.add(tab)
    this.#hold(tab, () => {
      this.#tabs.add(tab)
      this.#found(this.#read((owner) => owner === tab))
    })
  }

  /** Holds a tab's lock until this page is gone. */
  #hold(tab: string, held = () => {}): void {
    const forever = () => {
      held()
      return new Promise<never>(() => {})
    }
    // Refused only while this page is being left.
    this.#locks?.request(this.#prefix + tab, forever).catch(() => {})
  }

  #read(isWanted: (tab: string) => boolean): PendingCommand[] {
    const letters = this.#keys().flatMap((key) => (isWanted(this.#tabOf(key)) ? (this.#letter(key) ?? []) : []))
    return letters.sort((one, other) => (one.writtenAt ?? 0) - (other.writtenAt ?? 0))
  }

  /** What is damaged or too old goes. */
  #letter(key: string): PendingCommand | undefined {
    try {
      const letter = JSON.parse(this.#storage.getItem(key) ?? '') as PendingCommand
      if (letter.input.room && Date.now() - (letter.writtenAt ?? 0) < KEPT_MS) return letter
    } catch {
      // Not one of ours.
    }
    this.#storage.removeItem(key)
    return undefined
  }

  #keyOf({ input: { clientId } }: PendingCommand): string | undefined {
    return this.#keys().find((key) => key.endsWith(`:${clientId}`) && this.#tabs.has(this.#tabOf(key)))
  }

  #keys(): string[] {
    const keys = Array.from({ length: this.#storage.length }, (_, i) => this.#storage.key(i) ?? '')
    return keys.filter((key) => key.startsWith(this.#prefix))
  }

  #tabOf(key: string): string {
    return key.slice(this.#prefix.length).split(':')[0] ?? ''
  }
}
