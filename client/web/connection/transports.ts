import type { Transport } from '../../sdk/connection.ts'

export const transportNames: Record<Transport, string> = { websocket: 'WebSocket', polling: 'long-polling' }
