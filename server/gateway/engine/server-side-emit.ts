import type { Io } from '../socket.ts'

/** The method of a cluster adapter that reaches the other nodes. It returns a promise, which its types leave out. */
interface ClusterAdapter {
  serverSideEmit(packet: unknown[]): Promise<void> | undefined
}

/**
 * `io.serverSideEmit`, but the returned promise rejects when the adapter cannot publish: `io.serverSideEmit` drops that
 * promise, and Node ends a process for an unhandled rejection.
 */
export async function serverSideEmit(io: Io, packet: unknown[]): Promise<void> {
  const adapter = io.of('/').adapter as unknown as ClusterAdapter
  await adapter.serverSideEmit(packet)
}
