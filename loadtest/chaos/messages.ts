/** Messages between the program and its worker processes. */
export interface UserPlan {
  who: string
  transports?: ('websocket' | 'polling')[]
  rooms: string[]
}

export interface UsersPlan {
  url: string
  /** Path of the history file. */
  file: string
  seed: number
  /** Deduplication window of the nodes, milliseconds. */
  dedupeMs: number
  people: UserPlan[]
}

export type PoolCommand =
  | { order: 'arrive'; crowd: UsersPlan }
  /** Commands per second of each user, on average; 0 stops. */
  | { order: 'talk'; perSecond: number }
  | { order: 'check members' }
  | { order: 'cut'; whos: string[] }
  /** Stops reading from the sockets for `forMs`. */
  | { order: 'stall'; whos: string[]; forMs: number }
  /** Drops the network without a disconnect and restores it after `forMs`; `sending`: with a message in flight. */
  | { order: 'vanish'; whos: string[]; forMs: number; speaking: boolean }
  /** Sends long messages as fast as they are acknowledged. */
  | { order: 'pour'; who: string; room: string; forMs: number }
  /** Completes when no command is pending, or after `withinMs`. */
  | { order: 'drain'; withinMs: number }
  /** Completes when all clients have received their rooms' complete logs, or after `withinMs`. */
  | { order: 'settle'; withinMs: number }
  /** Opens `count` further connections for each of these users, then closes them. */
  | { order: 'try connections'; whos: string[]; count: number }
  /** Disconnects all clients. */
  | { order: 'leave' }
  | { order: 'end' }

export interface Figures {
  people: number
  live: number
  waiting: number
  said: number
  messages: number
  acknowledged: number
  handed: number
  /** Client names by node. */
  nodes: Record<string, string[]>
}

export type FromCrowd = { done: number; failed?: string } | { figures: Figures }
export type ToCrowd = { id: number } & PoolCommand
