/**
 * Outlives its launcher to clean up after it. It reads from a pipe that only the launcher holds; each line is the
 * whole truth: the process groups in the order in which they end, and the folders to remove. When the pipe closes,
 * however the launcher went, whatever the last line named is ended.
 */
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { signalTo } from './managed-process.ts'

export interface CleanupPlan {
  /** Groups of one step end together, and the next step begins when they are gone. */
  steps: { groups: number[]; graceMs: number }[]
  folders: string[]
}

const POLL_MS = 50

// What ends the launcher must not end us: the point is to be there after it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

let plan: CleanupPlan = { steps: [], folders: [] }
for await (const line of createInterface({ input: process.stdin })) plan = JSON.parse(line)

for (const { groups, graceMs } of plan.steps) {
  for (const group of groups) {
    signalTo(-group, 'SIGCONT')
    signalTo(-group, 'SIGTERM')
  }
  const deadline = Date.now() + graceMs
  while (groups.some(groupExists) && Date.now() < deadline) await delay(POLL_MS)
  for (const group of groups) signalTo(-group, 'SIGKILL')
}
for (const folder of plan.folders) rmSync(folder, { recursive: true, force: true })

function groupExists(group: number): boolean {
  try {
    return process.kill(-group, 0)
  } catch {
    return false
  }
}
