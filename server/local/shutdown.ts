/**
 * One Ctrl-C can arrive twice within some milliseconds, from the terminal and from npm, which passes on what it gets;
 * only a later one means that somebody is out of patience.
 */
const SAME_SIGNAL_MS = 500

/** Calls `end` when the process is asked to end, and once more, with `now`, when it is asked again. */
export function onShutdown(end: (now: boolean) => void): void {
  let asked: number | undefined
  const hear = () => {
    const again = asked !== undefined
    if (asked !== undefined && Date.now() - asked < SAME_SIGNAL_MS) return
    asked ??= Date.now()
    end(again)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hear)
}
