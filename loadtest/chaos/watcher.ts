import { setTimeout as delay } from 'node:timers/promises'
import { ChatClient } from '../../client/sdk/client.ts'

const POLL_MS = 500

/** Waits until no member is shown in these rooms; resolves with the user ids still shown after `withinMs`, by room. */
export async function remainingMembers(url: string, rooms: string[], withinMs: number): Promise<Map<string, string[]>> {
  const client = new ChatClient({ url, name: 'watcher' })
  client.connect()
  const end = Date.now() + withinMs
  const remaining = new Map<string, string[]>()
  try {
    for (const room of rooms) {
      await client.join(room)
      let ids = await others(client, room)
      while (ids.length > 0 && Date.now() < end) {
        await delay(POLL_MS)
        ids = await others(client, room)
      }
      if (ids.length > 0) remaining.set(room, ids)
      await client.leave(room)
    }
  } finally {
    client.close()
  }
  return remaining
}

async function others(client: ChatClient, room: string): Promise<string[]> {
  const { members } = await client.members(room)
  return members.flatMap(({ id }) => (id === client.user?.id ? [] : id))
}
