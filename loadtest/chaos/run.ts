import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check, type Verdict } from './check/check.ts'
import { history } from './read-history.ts'
import { type Fault, type RunOptions, Stage } from './stage.ts'
import type { VirtualUsers } from './virtual-users.ts'

export interface Outcome extends Verdict {
  figures: VirtualUsers['figures']
  faults: Fault[]
  /** Folder with the recorded history. */
  folder: string
  files: string[]
}

/** Runs once, from starting the cluster to the verdict; all started processes have ended when it settles. */
export async function run(options: RunOptions): Promise<Outcome> {
  const { signal } = options
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-chaos-'))
  const stage = new Stage(options, folder)
  try {
    await stage.open()
    await Promise.race([stage.perform(), aborted(signal)])
  } finally {
    await stage.close()
    if (signal.aborted) rmSync(folder, { recursive: true, force: true })
  }
  signal.throwIfAborted()
  const { virtualUsers, faults, files } = stage
  return { ...check(history(files)), figures: virtualUsers.figures, faults, folder, files }
}

/** Rejects when the signal aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
}
