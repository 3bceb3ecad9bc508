/** Counters by name and labels, without the label `node`, summed over all nodes. */
export type CounterSums = Record<string, number>

const SAMPLE = /^(hubbub_\w+_total)(?:\{([^}]*)\})? (\S+)$/gm

export function counterSums(pages: readonly string[]): CounterSums {
  const sums: CounterSums = {}
  for (const page of pages) {
    for (const [, name, labels = '', value] of page.matchAll(SAMPLE)) {
      const others = labels.split(',').filter((label) => label !== '' && !label.startsWith('node='))
      const key = others.length > 0 ? `${name}{${others.join(',')}}` : name!
      sums[key] = (sums[key] ?? 0) + Number(value)
    }
  }
  return sums
}

/** Changed counters between two samples. */
export function difference(before: CounterSums, after: CounterSums): CounterSums {
  const changes = Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)] as const)
  return Object.fromEntries(changes.filter(([, value]) => value !== 0))
}

/** The sum over all series of one counter whose labels contain `labels`. */
export function total(sums: CounterSums, name: string, labels = ''): number {
  const matching = Object.entries(sums).filter(([key]) => key.split('{')[0] === name && key.includes(labels))
  return matching.reduce((sum, [, value]) => sum + value, 0)
}
