import { readdirSync, readFileSync } from 'node:fs'

/** The unit of /proc, on every Linux that Node runs on. */
const TICKS_A_SECOND = 100
const PAGE_BYTES = 4_096

interface Stat {
  command: string
  group: number
  seconds: number
  /** Bytes. */
  resident: number
}

/** proc(5): what a process has used, user and system time. */
export function parseStat(text: string): Stat {
  const behind = text.lastIndexOf(')')
  const fields = text.slice(behind + 2).split(' ')
  // Field 3 of the manual is the first one behind the command.
  const field = (number: number) => Number(fields[number - 3])
  const command = text.slice(text.indexOf('(') + 1, behind)
  const seconds = (field(14) + field(15)) / TICKS_A_SECOND
  return { command, group: field(5), seconds, resident: field(24) * PAGE_BYTES }
}

function statOf(pid: number | string): Stat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/** Seconds of processor time that a process has used; NaN where the system does not say, or there is no such process. */
export const secondsOf = (pid: number): number => statOf(pid)?.seconds ?? Number.NaN

/** The same of all processes of a group that run this command. */
export const secondsOfGroup = (group: number, command: string): number => sumOf('seconds', group, command)

/** Bytes of resident memory of all processes of a group that run this command. */
export const residentOfGroup = (group: number, command: string): number => sumOf('resident', group, command)

const sumOf = (what: 'seconds' | 'resident', group: number, command: string): number =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .reduce((sum, stat) => sum + (stat?.group === group && stat.command === command ? stat[what] : 0), 0)
