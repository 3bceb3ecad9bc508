import type { WatchedNode } from '../node-history.ts'

/** How a node's lines look. */
export function Swatch({ node: { slot } }: { node: WatchedNode }) {
  return <i class="swatch" data-colour={slot % 8} data-dash={slot % 3} aria-hidden="true" />
}
