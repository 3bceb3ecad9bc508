import { TEXT_MAX_CHARS } from '../../protocol/limits.ts'
import type { ClientReport } from './messages.ts'
import type { Memory } from './sampler.ts'

/** Shutdown time promised while ten clients loop at full speed. */
export const SHUT_DOWN_MS = 2_000
/** Allowed memory growth of a node. */
export const GROWTH_BYTES = 256 * 1024 * 1024

/** Number of entries into which a node splits an ASCII message. */
export const partsOf = (bytes: number): number => Math.ceil(bytes / TEXT_MAX_CHARS)

/** Describes the clients that did not connect or were not paired. */
export function arrivalFaults(facts: {
  kind: 'strangers' | 'loop'
  clients: number
  live: number
  ended: Record<string, number>
}): string[] {
  const { kind, clients, live, ended } = facts
  const what = kind === 'loop' ? 'were connected' : 'were paired'
  return [`${count(live)} of ${count(clients)} clients ${what}.`, ...endings(ended)]
}

export interface StrangersFacts {
  bytes: number
  sent: number
  /** Expected number of messages, if known. */
  wanted?: number
  /** Undefined if the nodes' counters are not available. */
  stored?: number
  relayed?: number
  received: number
  wrong: number
  ended: Record<string, number>
  reports: readonly ClientReport[]
}

/** Checks that every message was stored, relayed and received once, in order, by the right partner. */
export function strangersFaults(facts: StrangersFacts): string[] {
  const { bytes, sent, wanted = sent, received, wrong, ended, reports } = facts
  const parts = partsOf(bytes)
  const { stored = sent * parts, relayed = sent } = facts
  const mismatched = pairsThatDiffer(reports)
  return [
    sent !== wanted && `${count(sent)} messages were sent, not ${count(wanted)}.`,
    stored !== sent * parts &&
      `${count(stored)} entries were stored for ${count(sent)} messages of ${parts} parts each.`,
    relayed !== sent && `${count(relayed)} messages were relayed of ${count(sent)} that were sent.`,
    received !== sent && `${count(received)} messages were received of ${count(sent)} that were sent.`,
    mismatched > 0 && `${count(mismatched)} clients received other messages than their stranger sent.`,
    wrong > 0 && `${count(wrong)} frames were out of order, duplicated, truncated or unexpected.`,
    ...endings(ended),
  ].filter((fault) => fault !== false)
}

export interface LoopFacts {
  clients: number
  sent: number
  stored?: number
  received: number
  wrong: number
  ended: Record<string, number>
  memory?: Memory
  shutDownMs?: number
}

/** Checks that clients were served to the end, in bounded memory, and that the shutdown was fast. */
export function loopFaults(facts: LoopFacts): string[] {
  const { clients, sent, stored = sent, received, wrong, memory, shutDownMs } = facts
  const { 'closed with 1012': leaving = 0, ...ended } = facts.ended
  const grown = memory ? memory.late - memory.before : 0
  return [
    (stored === 0 || received === 0) && 'No message was relayed.',
    stored > sent && `${count(stored)} entries were stored of ${count(sent)} messages.`,
    received > sent + clients && `${count(received)} frames were read by ${count(sent)} sends.`,
    wrong > 0 && `${count(wrong)} frames were not what was sent.`,
    shutDownMs !== undefined && leaving < clients && `${clients - leaving} clients were not notified of the shutdown.`,
    shutDownMs !== undefined && shutDownMs > SHUT_DOWN_MS && `The nodes took ${shutDownMs} ms to shut down.`,
    grown > GROWTH_BYTES && `A node grew by ${count(Math.round(grown / 1e6))} MB.`,
    ...endings(ended),
  ].filter((fault) => fault !== false)
}

/** Number of clients whose received messages do not match those that their partner sent. */
function pairsThatDiffer(reports: readonly ClientReport[]): number {
  const byNumber = new Map(reports.map((each) => [each.number, each]))
  const right = ({ received, partner, number }: ClientReport) => {
    if (partner === undefined) return received === 0
    const other = byNumber.get(partner)
    // A client that received nothing does not know its partner.
    return other?.sent === received && (other.partner ?? number) === number
  }
  return reports.filter((each) => !right(each)).length
}

const endings = (ended: Record<string, number>): string[] =>
  Object.entries(ended).map(([how, many]) => `${count(many)} clients were lost: ${how}.`)

const count = (many: number): string => many.toLocaleString('en')
