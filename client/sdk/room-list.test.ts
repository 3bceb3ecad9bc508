import { expect, test } from '@jest/globals'
import { RoomList, type RoomListEvents } from './room-list.ts'

const listed = { room: 'attic', online: 1, head: 10, read: 4, unread: 3, epoch: 'e', messages: 8 }
const start = () => {
  const emitted: RoomListEvents['rooms'][] = []
  const list = new RoomList((change) => emitted.push(change))
  list.add([listed])
  return { emitted, list }
}

test('keeps the last known read position, and adds new messages to unread', () => {
  const { emitted, list } = start()
  const change = { room: 'attic', online: 2, head: 13, epoch: 'e', messages: 10 }
  list.apply({ changed: [change], removed: [] })
  list.apply({ changed: [{ ...change, head: 14, messages: 11, read: 13, unread: 1 }], removed: [] })
  list.apply({ changed: [{ ...change, head: 15, messages: 12 }], removed: [] })
  expect(emitted.map(({ changed: [one] }) => [one?.head, one?.read, one?.unread])).toEqual([
    [13, 4, 5],
    [14, 13, 1],
    [15, 13, 2],
  ])
})

test('a reset log, an unlisted room and a removed room start as unread', () => {
  const { emitted, list } = start()
  list.apply({ changed: [{ ...listed, read: undefined, unread: undefined, epoch: 'f', messages: 9 }], removed: [] })
  list.apply({ changed: [{ room: 'barn', online: 0, head: 2, epoch: 'g', messages: 2 }], removed: ['attic'] })
  list.apply({ changed: [{ room: 'attic', online: 0, head: 1, epoch: 'f', messages: 1 }], removed: [] })
  expect(emitted.flatMap(({ changed }) => changed)).toMatchObject([
    { room: 'attic', read: 0, unread: 9 },
    { room: 'barn', read: 0, unread: 2 },
    { room: 'attic', read: 0, unread: 1 },
  ])
})
