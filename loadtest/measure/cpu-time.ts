import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks per second in /proc on every Linux platform that Node supports. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4_096

interface Stat {
  command: string
  group: number
  seconds: number
  /** Bytes. */
  resident: number
}

/** CPU time (user and system) and resident memory from /proc/PID/stat, see proc(5). */
export function parseStat(text: string): Stat {
  const behind = text.lastIndexOf(')')
  const fields = text.slice(behind + 2).split(' ')
  // proc(5) numbers the first field after the command as 3.
  const field = (number: number) => Number(fields[number - 3])
  const command = text.slice(text.indexOf('(') + 1, behind)
  const seconds = (field(14) + field(15)) / TICKS_PER_SECOND
  return { command, group: field(5), seconds, resident: field(24) * PAGE_BYTES }
}

function statOf(pid: number | string): Stat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/** CPU time of a process in seconds; NaN if the process does not exist or /proc is not available. */
export const secondsOf = (pid: number): number => statOf(pid)?.seconds ?? Number.NaN

/** CPU time in seconds of all processes in a process group that run this command. */
export const secondsOfGroup = (group: number, command: string): number => sumOf('seconds', group, command)

/** Resident memory in bytes of all processes in a process group that run this command. */
export const residentOfGroup = (group: number, command: string): number => sumOf('resident', group, command)

const sumOf = (what: 'seconds' | 'resident', group: number, command: string): number =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .reduce((sum, stat) => sum + (stat?.group === group && stat.command === command ? stat[what] : 0), 0)
