/** What all rooms of a node may keep at hand, in bytes: a newcomer's page of some 500 rooms with short texts. */
const NODE_CACHE_MAX_BYTES = 64 * 1024 * 1024

export interface Evictable {
  /** Lets go of everything that it keeps. */
  evict(): void
}

/** Bounds the entry caches of a node together: past the limit those go that were used least recently. */
export class CacheBudget {
  #bytes = 0
  /** Bytes of each cache, the least recently used first. */
  readonly #caches = new Map<Evictable, number>()

  constructor(private readonly most = NODE_CACHE_MAX_BYTES) {}

  get bytes(): number {
    return this.#bytes
  }

  /** A cache was used, and holds this much now. */
  use(cache: Evictable, bytes: number): void {
    this.remove(cache)
    this.#caches.set(cache, bytes)
    this.#bytes += bytes
    for (const [oldest] of this.#caches) {
      if (this.#bytes <= this.most || oldest === cache) return
      this.remove(oldest)
      oldest.evict()
    }
  }

  remove(cache: Evictable): void {
    this.#bytes -= this.#caches.get(cache) ?? 0
    this.#caches.delete(cache)
  }
}
