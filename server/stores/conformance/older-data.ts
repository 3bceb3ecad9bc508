import { expect, test } from '@jest/globals'
import type { Draft, Store, StoreSettings } from '../../domain/ports.ts'
import { weightOf } from './bounds.ts'
import { append, expectFault, message, post } from './cluster.ts'
import { span } from './recording-follower.ts'
import { shownRoom } from './rooms.ts'

const ada = { id: 'ada', name: 'Ada' }
const bob = { id: 'bob', name: 'Bob' }

/** Opens a new copy of the data written by fixtures/write.mjs. */
export type OpenOlder = (settings?: Partial<StoreSettings>) => Promise<Store>

/** Tests the current code with data written by version 71a4efd. */
export function olderData(open: OpenOlder): void {
  const all = async ({ log }: Store, room: string) => (await log.read(room, { after: 0, entries: 500 })).entries

  test('entries are read as they were written', async () => {
    const store = await open()
    const entries = await all(store, 'lobby')
    expect(entries.map(({ seq }) => seq)).toEqual(span(1, 12))
    expect(entries[0]).toMatchObject({ kind: 'message', by: ada, text: 'first', clientId: 'm1' })
    expect(entries[1]).toMatchObject({ by: bob, replyTo: 1 })
    expect(entries[8]).toMatchObject({ seq: 9, deleted: true })
    expect(entries[11]).toMatchObject({ text: 'last', sentAt: 1_700_000_000_123 })
    expect((await all(store, 'trimmed')).map(({ seq }) => seq)).toEqual(span(8, 12))
    expect(await store.rooms.isDirectOpen('direct:ada:bob', 'bob')).toBe(true)
    expect(await store.users.find('ada')).toEqual(ada)
    expect((await store.archive.totals()).by.text.messages).toBe(3)
    expect(await store.secrets.all()).toHaveLength(1)
  })

  test('a retry returns the original entry and appends nothing', async () => {
    const store = await open()
    const entries = await all(store, 'lobby')
    const retries: [Draft, number][] = [
      [message(ada, 'first', { clientId: 'm1' }), 1],
      [{ kind: 'edit', by: ada, target: 1, text: 'x', clientId: 'e1' }, 3],
      [{ kind: 'reaction', by: bob, target: 1, emoji: '👍', on: true, clientId: 'r1' }, 4],
      [message(ada, 'a deleted SECRET', { clientId: 'm4' }), 9],
      [{ kind: 'delete', by: ada, target: 9, clientId: 'd1' }, 11],
    ]
    for (const [draft, seq] of retries) expect(await append(store.log, 'lobby', draft)).toEqual(entries[seq - 1])
    // The entry was trimmed, but its copy is stored.
    const trimmed = await append(store.log, 'trimmed', message(ada, 'number 1', { clientId: 't1' }))
    expect(trimmed).toMatchObject({ seq: 1, text: 'number 1' })
    expect((await all(store, 'trimmed')).at(-1)!.seq).toBe(12)
  })

  test('messages are edited, reacted to and deleted, including copies kept for retries', async () => {
    const store = await open()
    expect((await append(store.log, 'lobby', { kind: 'edit', by: ada, target: 1, text: 'again' })).seq).toBe(13)
    await append(store.log, 'lobby', { kind: 'reaction', by: bob, target: 1, emoji: '👍', on: false })
    await expectFault(append(store.log, 'lobby', { kind: 'edit', by: bob, target: 1, text: 'x' }), 'not_author')
    await expectFault(append(store.log, 'lobby', message(ada, 'x', { replyTo: 9 })), 'deleted')
    await append(store.log, 'lobby', { kind: 'delete', by: ada, target: 7 })
    expect(JSON.stringify(await all(store, 'lobby'))).not.toContain('SECRET')
    const retried = [
      await append(store.log, 'lobby', message(ada, 'a SECRET to keep', { clientId: 'm3' })),
      await append(store.log, 'lobby', { kind: 'edit', by: ada, target: 7, text: 'a SECRET', clientId: 'e2' }),
    ]
    expect(retried).toMatchObject([
      { seq: 7, deleted: true },
      { seq: 8, deleted: true },
    ])
    expect(JSON.stringify(retried)).not.toContain('SECRET')
  })

  test('read marks and unread counts are kept', async () => {
    const store = await open()
    expect(await shownRoom(store, 'bob', 'lobby')).toMatchObject({ head: 12, read: 2, unread: 3 })
    expect(await shownRoom(store, 'ada', 'direct:ada:bob')).toMatchObject({ head: 2, read: 1, unread: 1 })
    expect(await store.rooms.markRead('lobby', 'bob', 9)).toBe(true)
    expect(await shownRoom(store, 'bob', 'lobby')).toMatchObject({ read: 9, unread: 1 })
    expect(await store.rooms.markRead('trimmed', 'bob', 3)).toBe(true)
    expect(await shownRoom(store, 'bob', 'trimmed')).toMatchObject({ read: 3, unread: 5 })
  })

  test('messages count towards the limit, reactions do not', async () => {
    const store = await open({ logMaxEntries: 10 })
    await post(store, 'long', ada, 'newer')
    const kinds = (await all(store, 'long')).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'message')).toHaveLength(10)
    expect([kinds[0], kinds.length > 10]).toEqual(['message', true])
  })

  test('bytes are counted as the log grows', async () => {
    const store = await open({ logMaxBytes: 4_000 })
    // 60 entries of about 120 bytes; each append counts some of them.
    await post(store, 'long', ada, ...span(1, 5).map(String))
    const weight = weightOf(await all(store, 'long'))
    expect(weight).toBeLessThanOrEqual(4_000)
    expect(weight).toBeGreaterThan(3_000)
    await post(store, 'long', ada, ...span(1, 50).map(String))
    expect(weightOf(await all(store, 'long'))).toBeLessThanOrEqual(4_000)
  })
}
