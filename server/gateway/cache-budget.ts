/** Limit of all entry caches of a node, in bytes: the newest page of about 500 rooms with short texts. */
const NODE_CACHE_MAX_BYTES = 64 * 1024 * 1024

export interface Evictable {
  /** Drops all cached data. */
  evict(): void
}

/** Bounds the total size of the entry caches of a node. Past the limit the least recently used caches are evicted. */
export class CacheBudget {
  #bytes = 0
  /** Size in bytes of each cache, least recently used first. */
  readonly #caches = new Map<Evictable, number>()

  constructor(private readonly maxBytes = NODE_CACHE_MAX_BYTES) {}

  get bytes(): number {
    return this.#bytes
  }

  /** Records a use of the cache and its current size, and evicts others past the limit. */
  use(cache: Evictable, bytes: number): void {
    this.remove(cache)
    this.#caches.set(cache, bytes)
    this.#bytes += bytes
    for (const [oldest] of this.#caches) {
      if (this.#bytes <= this.maxBytes || oldest === cache) return
      this.remove(oldest)
      oldest.evict()
    }
  }

  remove(cache: Evictable): void {
    this.#bytes -= this.#caches.get(cache) ?? 0
    this.#caches.delete(cache)
  }
}
