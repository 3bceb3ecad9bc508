import { expect, test } from '@jest/globals'
import { RoomList, type RoomListEvents } from './room-list.ts'

const listed = { room: 'attic', online: 1, head: 10, read: 4, unread: 3, epoch: 'e', messages: 8 }
const start = () => {
  const told: RoomListEvents['rooms'][] = []
  const list = new RoomList((change) => told.push(change))
  list.note([listed])
  return { told, list }
}

test('what was read stands until it is said anew; unread grows with the messages', () => {
  const { told, list } = start()
  const change = { room: 'attic', online: 2, head: 13, epoch: 'e', messages: 10 }
  list.take({ changed: [change], removed: [] })
  list.take({ changed: [{ ...change, head: 14, messages: 11, read: 13, unread: 1 }], removed: [] })
  list.take({ changed: [{ ...change, head: 15, messages: 12 }], removed: [] })
  expect(told.map(({ changed: [one] }) => [one?.head, one?.read, one?.unread])).toEqual([
    [13, 4, 5],
    [14, 13, 1],
    [15, 13, 2],
  ])
})

test('another life of a log, a room that was not listed, and one that was removed begin unread', () => {
  const { told, list } = start()
  list.take({ changed: [{ ...listed, read: undefined, unread: undefined, epoch: 'f', messages: 9 }], removed: [] })
  list.take({ changed: [{ room: 'barn', online: 0, head: 2, epoch: 'g', messages: 2 }], removed: ['attic'] })
  list.take({ changed: [{ room: 'attic', online: 0, head: 1, epoch: 'f', messages: 1 }], removed: [] })
  expect(told.flatMap(({ changed }) => changed)).toMatchObject([
    { room: 'attic', read: 0, unread: 9 },
    { room: 'barn', read: 0, unread: 2 },
    { room: 'attic', read: 0, unread: 1 },
  ])
})
