import { readdirSync, readFileSync } from 'node:fs'
import { parseStat } from '../measure/cpu-time.ts'

/** Resources used by several processes, as accounted by the kernel. */
export interface Usage {
  /** Resident bytes; memory shared between processes, such as nginx workers, is counted once (PSS). */
  bytes: number
  /** CPU time since the processes started, seconds. */
  seconds: number
}

/** Sum over these processes. */
export function usageOf(pids: readonly number[]): Usage {
  let [bytes, seconds] = [0, 0]
  for (const pid of pids) {
    const [, kb = '0'] = /^Pss: +(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`)) ?? []
    bytes += Number(kb) * 1_024
    seconds += parseStat(read(`/proc/${pid}/stat`)).seconds
  }
  return { bytes, seconds }
}

/** Ids of the processes in a process group that run this command. */
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

/** Kernel memory of the whole machine. */
export interface Kernel {
  /** Small kernel objects: sockets, files, timers. */
  slabBytes: number
  pageTableBytes: number
  tcpSockets: number
  /** Data queued in sockets. */
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
