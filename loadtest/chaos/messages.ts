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
  users: UserPlan[]
}

export type PoolCommand =
  | { type: 'connect'; plan: UsersPlan }
  /** Commands per second of each user, on average; 0 stops. */
  | { type: 'load'; perSecond: number }
  | { type: 'check members' }
  | { type: 'cut'; whos: string[] }
  /** Stops reading from the sockets for `forMs`. */
  | { type: 'stall'; whos: string[]; forMs: number }
  /** Drops the network without a disconnect and restores it after `forMs`; `sending`: with a message in flight. */
  | { type: 'vanish'; whos: string[]; forMs: number; speaking: boolean }
  /** Sends long messages as fast as they are acknowledged. */
  | { type: 'flood'; who: string; room: string; forMs: number }
  /** Completes when no command is pending, or after `withinMs`. */
  | { type: 'drain'; withinMs: number }
  /** Completes when all clients have received their rooms' complete logs, or after `withinMs`. */
  | { type: 'settle'; withinMs: number }
  /** Opens `count` further connections for each of these users, then closes them. */
  | { type: 'try connections'; whos: string[]; count: number }
  /** Disconnects all clients. */
  | { type: 'disconnect' }
  | { type: 'end' }

export interface RunStats {
  users: number
  live: number
  waiting: number
  sent: number
  messages: number
  acknowledged: number
  delivered: number
  /** Client names by node. */
  nodes: Record<string, string[]>
}

export type FromWorker = { done: number; failed?: string } | { figures: RunStats }
export type ToWorker = { id: number } & PoolCommand
