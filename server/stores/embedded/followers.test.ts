import { expect, test } from '@jest/globals'
import type { Entry } from '../../../protocol/entry.ts'
import { RecordingFollower, span } from '../conformance/recording-follower.ts'
import { Followers } from './followers.ts'

const entries = (...seqs: number[]): Entry[] =>
  seqs.map((seq) => ({ seq, kind: 'message', room: 'lobby', at: 0, by: { id: 'ada', name: 'Ada' }, text: 'x' }))

test('each follower receives the entries after its own head, once, also if they are replayed', async () => {
  const followers = new Followers()
  const [early, late] = [new RecordingFollower(), new RecordingFollower()]
  followers.add('lobby', 0, early)
  followers.add('lobby', 2, late)
  followers.notify(entries(1, 2, 3))
  await early.waitFor(3)
  followers.notify(entries(2, 3, 4))
  followers.notify(entries(5))
  await early.waitFor(5)
  expect(early.seqs).toEqual(span(1, 5))
  expect(late.seqs).toEqual([3, 4, 5])
})
