import type { WatchedNode } from '../node-history.ts'

/** The line style of a node, for legends. */
export function Swatch({ node: { slot } }: { node: WatchedNode }) {
  return <i class="swatch" data-colour={slot % 8} data-dash={slot % 3} aria-hidden="true" />
}
