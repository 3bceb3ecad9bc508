/** What the program and its crowd processes say to each other. */
export interface UserPlan {
  who: string
  transports?: ('websocket' | 'polling')[]
  rooms: string[]
}

export interface UsersPlan {
  url: string
  /** Where the history is written. */
  file: string
  seed: number
  /** How long the nodes know a clientId. */
  dedupeMs: number
  people: UserPlan[]
}

export type PoolCommand =
  | { order: 'arrive'; crowd: UsersPlan }
  /** Each person acts that often a second, on average; 0 ends it. */
  | { order: 'talk'; perSecond: number }
  | { order: 'check members' }
  | { order: 'cut'; whos: string[] }
  /** Stops reading for a while. */
  | { order: 'stall'; whos: string[]; forMs: number }
  /** Gone without a word to anybody, and back after a while; `speaking`: in the middle of a sentence. */
  | { order: 'vanish'; whos: string[]; forMs: number; speaking: boolean }
  /** Says long things as fast as they are acknowledged. */
  | { order: 'pour'; who: string; room: string; forMs: number }
  /** Resolves when no command of anybody waits for its answer, or after `withinMs`. */
  | { order: 'drain'; withinMs: number }
  /** Resolves when everybody has received all of their rooms' logs, or after `withinMs`. */
  | { order: 'settle'; withinMs: number }
  /** Opens so many further connections of each of these users, and closes them. */
  | { order: 'try connections'; whos: string[]; count: number }
  /** Everybody disconnects. */
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
  /** Who is on which node. */
  nodes: Record<string, string[]>
}

export type FromCrowd = { done: number; failed?: string } | { figures: Figures }
export type ToCrowd = { id: number } & PoolCommand
