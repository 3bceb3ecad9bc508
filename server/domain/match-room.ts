import { randomBytes } from 'node:crypto'
import { MATCH } from '../../protocol/room.ts'

/** A new, unguessable room name for a match: 120 random bits. */
export const newMatchRoom = (): string => `${MATCH}${randomBytes(15).toString('hex')}`
