import { setTimeout as delay } from 'node:timers/promises'
import { Refusal } from '../domain/refusal.ts'
import type { Connection } from './connection.ts'

const RETRY_MS = 1_000

/** Asks again what the store could not answer, as long as the client is there: it knows nothing of faults, and waits. */
export async function patiently<T>(connection: Connection, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const mayPass = error instanceof Refusal && error.code === 'unavailable'
      if (!mayPass || !connection.open) throw error
      await delay(error.retryInMs ?? RETRY_MS)
    }
  }
}
