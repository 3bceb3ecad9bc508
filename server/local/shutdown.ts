/**
 * One Ctrl-C can arrive twice within some milliseconds, from the terminal and forwarded by npm. Signals within this time
 * of the first count as one.
 */
const SAME_SIGNAL_MS = 500

/** Calls `end(false)` on the first SIGINT, SIGTERM or SIGHUP, and `end(true)` on later ones. */
export function onShutdown(end: (now: boolean) => void): void {
  let firstSignalAt: number | undefined
  const onSignal = () => {
    const again = firstSignalAt !== undefined
    if (firstSignalAt !== undefined && Date.now() - firstSignalAt < SAME_SIGNAL_MS) return
    firstSignalAt ??= Date.now()
    end(again)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
}
