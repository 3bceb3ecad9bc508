/**
 * Cleans up after its launcher. It reads a pipe that only the launcher holds open. Each line is a complete CleanupPlan: the
 * process groups in the order in which to end them, and the folders to remove. When the pipe closes, for whatever reason
 * the launcher ended, the watchdog carries out the last plan.
 */
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { signalTo } from './managed-process.ts'

export interface CleanupPlan {
  /** The process groups of one step are ended together; the next step starts when they have exited. */
  steps: { groups: number[]; graceMs: number }[]
  folders: string[]
}

const POLL_MS = 50

// The watchdog ignores the signals that end the launcher, since it must outlive it.
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
