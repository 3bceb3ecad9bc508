import { randomBytes } from 'node:crypto'
import { MATCH } from '../../protocol/room.ts'

/** Nobody has been in it before, nor can it be guessed. */
export const newMatchRoom = (): string => `${MATCH}${randomBytes(15).toString('hex')}`
