import { UNLIMITED } from '../../server/local/unlimited.ts'
import { type RunningSystem, start } from '../systems/systems.ts'

/** Two nodes, so that what is said on one is heard from the other as well. */
const NODES = 2

/**
 * What Hubbub is run with for this, beside its defaults: people who say 50 messages a second are more than it takes from
 * anybody otherwise, and all of them come from one address.
 */
export const SETTINGS = {
  ...UNLIMITED,
  GUESTS_PER_SECOND: '100000',
  APPENDS_PER_SECOND: '100',
  APPENDS_BURST: '200',
  LOG_LEVEL: 'error',
}

export const startSite = (windowMs: number, host?: string): Promise<RunningSystem> =>
  start('hubbub', { nodes: NODES, env: { ...SETTINGS, GATHER_MS: `${windowMs}` }, host })
