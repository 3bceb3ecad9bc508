import express, { type Router } from 'express'
import { GuestRequest } from '../../protocol/auth.ts'
import { FRAME_MAX_BYTES } from '../../protocol/limits.ts'
import type { ClientAddresses } from '../client-address.ts'
import { FaultError } from '../domain/fault-error.ts'
import { formatZodError } from '../domain/format-zod-error.ts'
import type { Guests } from '../domain/guests.ts'
import { answer } from './answer.ts'

/**
 * POST /auth/guest {name}: creates a guest; no account is needed. The response has the usual form, `{ok, value}`, and
 * repeats `user` and `token` at its top level, so that `curl … | jq .token` prints the token.
 */
export function auth(guests: Guests, peers: ClientAddresses): Router {
  return express
    .Router()
    .use(express.json({ limit: FRAME_MAX_BYTES }))
    .post('/guest', async (req, res) => {
      const { success, data, error } = GuestRequest.safeParse(req.body ?? {})
      if (!success) throw new FaultError('bad_input', formatZodError(error))
      const guest = await guests.create(data.name, peers.network(req))
      answer(res, guest, guest)
    })
}
