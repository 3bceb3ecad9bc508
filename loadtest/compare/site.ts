import { UNLIMITED } from '../../server/local/unlimited.ts'
import { type RunningSystem, start } from '../systems/systems.ts'

/** Two nodes, so that messages cross between nodes. */
const NODES = 2

/**
 * Settings of Hubbub that differ from its defaults: clients that send 50 messages per second exceed the default limits,
 * and all of them share one address.
 */
export const SETTINGS = {
  ...UNLIMITED,
  GUESTS_PER_SECOND: '100000',
  APPENDS_PER_SECOND: '100',
  APPENDS_BURST: '200',
  LOG_LEVEL: 'error',
}

export const startSystem = (windowMs: number, host?: string): Promise<RunningSystem> =>
  start('hubbub', { nodes: NODES, env: { ...SETTINGS, GATHER_MS: `${windowMs}` }, host })
