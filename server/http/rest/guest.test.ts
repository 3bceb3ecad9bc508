import { expect, test } from '@jest/globals'
import { UserId } from '../../../protocol/people.ts'
import { newUserId } from '../../domain/tokens.ts'
import { guestOf, isGuestId, senderIdOf } from './guest.ts'

test('a senderId always maps to the same guest, and different senderIds to different guests', () => {
  expect(guestOf('ada')).toEqual(guestOf('ada'))
  // Kept for good: rows and entries in stores name it.
  expect(guestOf('ada').id).toBe('restp4t0ucudyv2uazpf733gl9j5')
  expect(guestOf('Ada').id).not.toBe(guestOf('ada').id)
})

test('no senderId maps to the id of a signed-in user, not even that id itself', () => {
  for (const senderId of ['ada', newUserId(), guestOf('ada').id, 'lobby', '7']) {
    const { id } = guestOf(senderId)
    expect(UserId.parse(id)).toHaveLength(28)
    expect(isGuestId(id)).toBe(true)
    expect(id).not.toBe(senderId)
  }
  expect(newUserId()).toHaveLength(20)
  expect(isGuestId(newUserId())).toBe(false)
})

test('shows the senderId of guests and the id of other users, whatever their name', () => {
  expect(senderIdOf(guestOf('ada'))).toBe('ada')
  const other = newUserId()
  expect(senderIdOf({ id: other, name: 'ada' })).toBe(other)
  expect(senderIdOf({ id: guestOf('ada').id, name: 'bob' })).toBe(guestOf('ada').id)
})
