import { newId, type OutboxStore, type PendingCommand } from './pending-command.ts'

/**
 * Limit for all tabs. With texts of the maximum length, about a third of the 5 million characters that browsers allow.
 */
export const MAX_STORED_COMMANDS = 200
/** The default lifetime of a guest token: afterwards, no client can sign in as the author. */
const RETENTION_MS = 30 * 86_400_000

interface Browser {
  storage?: Storage
  /** Null where the page is not in a secure context. */
  locks?: Pick<LockManager, 'request'> | null
  tabs?: Pick<EventTarget, 'addEventListener'>
}

/**
 * Pending commands in localStorage, which all tabs of an origin share. Each command has its own key,
 * `hubbub.letters:<tab>:<clientId>`, so that tabs do not overwrite each other's. A tab holds the lock
 * `hubbub.letters:<tab>` (Web Locks API) while it is open, and requests the lock of every other tab with commands: it
 * is granted when that tab is closed, and whichever tab gets it sends the commands.
 *
 * Without locks (a page over plain http), a tab takes over all commands that it finds on start. Another open tab may
 * send the same command; the cluster deduplicates it by its clientId.
 *
 * Create one instance per page, and reuse it for every client of the page.
 */
export class LocalStorageOutbox implements OutboxStore {
  readonly #prefix: string
  readonly #storage: Storage
  readonly #locks: Browser['locks']
  readonly #own = newId()
  /** The tabs whose commands this tab sends: itself, and the closed tabs that it took over. */
  readonly #tabs = new Set([this.#own])
  readonly #requested = new Set<string>()
  #onFound: (pendingCommands: PendingCommand[]) => void = () => {}

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
    for (const tab of others) this.#takeOverWhenClosed(tab)
    tabs.addEventListener('storage', (event) => {
      const { key, newValue } = event as StorageEvent
      if (key?.startsWith(this.#prefix) && newValue !== null) this.#takeOverWhenClosed(this.#tabOf(key))
    })
  }

  all(): PendingCommand[] {
    return this.#read((tab) => this.#tabs.has(tab))
  }

  put(pendingCommand: PendingCommand): void {
    const known = this.#keyOf(pendingCommand)
    if (!known && this.#keys().length >= MAX_STORED_COMMANDS) {
      throw new Error(
        `The outbox is full: it holds ${MAX_STORED_COMMANDS} commands. Wait until some are sent, or discard some.`,
      )
    }
    this.#storage.setItem(
      known ?? `${this.#prefix}${this.#own}:${pendingCommand.input.clientId}`,
      JSON.stringify(pendingCommand),
    )
  }

  drop(pending: PendingCommand): void {
    const key = this.#keyOf(pending)
    if (key) this.#storage.removeItem(key)
  }

  watch(found: (stored: PendingCommand[]) => void): void {
    this.#onFound = found
  }

  #takeOverWhenClosed(tab: string): void {
    if (this.#tabs.has(tab) || this.#requested.has(tab)) return
    this.#requested.add(tab)
    this.#hold(tab, () => {
      this.#tabs.add(tab)
      this.#onFound(this.#read((owner) => owner === tab))
    })
  }

  /** Requests a tab's lock, and holds it until this page is closed. */
  #hold(tab: string, granted = () => {}): void {
    const untilUnload = () => {
      granted()
      return new Promise<never>(() => {})
    }
    // Rejected only while this page is being unloaded.
    this.#locks?.request(this.#prefix + tab, untilUnload).catch(() => {})
  }

  #read(isWanted: (tab: string) => boolean): PendingCommand[] {
    const stored = this.#keys().flatMap((key) => (isWanted(this.#tabOf(key)) ? (this.#parse(key) ?? []) : []))
    return stored.sort((one, other) => (one.writtenAt ?? 0) - (other.writtenAt ?? 0))
  }

  /** Deletes an item that is corrupt or expired. */
  #parse(key: string): PendingCommand | undefined {
    try {
      const pending = JSON.parse(this.#storage.getItem(key) ?? '') as PendingCommand
      if (pending.input.room && Date.now() - (pending.writtenAt ?? 0) < RETENTION_MS) return pending
    } catch {
      // Not a pending command.
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
