import { readdirSync, readFileSync } from 'node:fs'
import { parseStat } from '../measure/cpu-time.ts'

/** What the parts of a run use together, as the system accounts for it. */
export interface Usage {
  /** Resident bytes; what processes share, as nginx's workers do, counted once. */
  bytes: number
  /** Of processor time since they began. */
  seconds: number
}

/** Of these processes; with `group`, of all processes of that process group. */
export function usageOf(pids: readonly number[]): Usage {
  let [bytes, seconds] = [0, 0]
  for (const pid of pids) {
    const [, kb = '0'] = /^Pss: +(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`)) ?? []
    bytes += Number(kb) * 1_024
    seconds += parseStat(read(`/proc/${pid}/stat`)).seconds
  }
  return { bytes, seconds }
}

/** The processes of a group that run this command. */
export function pidsOfGroup(group: number, command: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
        return stat.group === group && stat.command === command
      } catch {
        return false
      }
    })
}

/** What the kernel itself holds, of the whole machine. */
export interface Kernel {
  /** Its small objects: sockets, files, timers. */
  slabBytes: number
  pageTableBytes: number
  tcpSockets: number
  /** What waits in sockets to be read or sent. */
  tcpBytes: number
  availableBytes: number
}

const PAGE_BYTES = 4_096

export function kernelNow(meminfo = read('/proc/meminfo'), sockstat = read('/proc/net/sockstat')): Kernel {
  const kb = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(meminfo)?.[1]) * 1_024
  const [, inuse, pages] = /^TCP: inuse (\d+) .*mem (\d+)/m.exec(sockstat) ?? []
  return {
    slabBytes: kb('Slab'),
    pageTableBytes: kb('PageTables'),
    tcpSockets: Number(inuse),
    tcpBytes: Number(pages) * PAGE_BYTES,
    availableBytes: kb('MemAvailable'),
  }
}

const read = (file: string): string => readFileSync(file, 'utf8')
