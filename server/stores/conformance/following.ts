import { expect, test } from '@jest/globals'
import type { Page } from '../../domain/ports.ts'
import { append, message, newUser, post, type Three, uniqueName } from './cluster.ts'
import { RecordingFollower, span } from './recording-follower.ts'

export function following(three: Three): void {
  test('delivers every entry after its head exactly once, also amid concurrent appends', async () => {
    const room = uniqueName()
    const ada = newUser()
    const appends = span(1, 100).map((i) => append(three.a.log, room, message(ada, String(i))))
    const followers: RecordingFollower[] = []
    for (const store of [...three.all, ...three.all]) {
      followers.push(await RecordingFollower.at(store, room))
      appends.push(...span(1, 20).map((i) => append(store.log, room, message(ada, String(i)))))
    }
    const head = Math.max(...(await Promise.all(appends)).map((entry) => entry.seq))
    const { entries, epoch } = await three.b.log.read(room, { after: 0, entries: 500 })
    for (const follower of followers) {
      await follower.waitFor(head)
      expect(follower.following.epoch).toBe(epoch)
      expect(follower.received).toEqual(entries.slice(follower.following.head))
      expect(follower.renewals).toEqual([])
      follower.stop()
    }
  })

  test('its head is the newest entry at the start', async () => {
    const room = uniqueName()
    const first = await RecordingFollower.at(three.a, room)
    expect(first.following.head).toBe(0)
    await post(three.b, room, newUser(), 'x', 'y')
    const second = await RecordingFollower.at(three.a, room)
    expect(second.following.head).toBe(2)
    await post(three.b, room, newUser(), 'z')
    await Promise.all([first.waitFor(3), second.waitFor(3)])
    expect([first.seqs, second.seqs]).toEqual([[1, 2, 3], [3]])
    first.stop()
    second.stop()
  })

  test('delivers what was stored before, when it is asked to catch up', async () => {
    const room = uniqueName()
    const follower = await RecordingFollower.at(three.b, room)
    for (const count of [1, 2, 3]) {
      await post(three.a, room, newUser(), 'x')
      await Promise.all([follower.following.catchUp(), follower.following.catchUp()])
      expect(follower.seqs).toEqual(span(1, count))
    }
    follower.stop()
    await follower.following.catchUp()
  })

  test('a delivered entry is stored: every node can read it', async () => {
    const room = uniqueName()
    const pages: Promise<Page>[] = []
    const follower = new RecordingFollower()
    const { stop } = await three.a.log.follow(room, {
      reset: () => {},
      entries: (entries) => {
        const after = entries[0]!.seq - 1
        pages.push(...three.all.map((store) => store.log.read(room, { after, entries: entries.length })))
        follower.entries(entries)
      },
    })
    await Promise.all(span(1, 50).map((i) => append(three.b.log, room, message(newUser(), String(i)))))
    await follower.waitFor(50)
    const read = (await Promise.all(pages)).flatMap((page) => page.entries.map((entry) => entry.seq))
    for (const seq of span(1, 50)) expect(read.filter((other) => other === seq)).toHaveLength(3)
    stop()
  })

  test('stop() stops one follower and no other', async () => {
    const room = uniqueName()
    const [stopped, other] = [await RecordingFollower.at(three.a, room), await RecordingFollower.at(three.a, room)]
    await post(three.b, room, newUser(), 'x')
    await Promise.all([stopped.waitFor(1), other.waitFor(1)])
    stopped.stop()
    stopped.stop()
    await post(three.b, room, newUser(), 'y')
    await other.waitFor(2)
    expect(stopped.seqs).toEqual([1])

    other.stop()
    const later = await RecordingFollower.at(three.a, room)
    await post(three.b, room, newUser(), 'z')
    await later.waitFor(3)
    expect([stopped.seqs, other.seqs, later.seqs]).toEqual([[1], [1, 2], [3]])
    later.stop()
  })

  test('a follower receives entries of its own room only', async () => {
    const room = uniqueName()
    const follower = await RecordingFollower.at(three.a, room)
    await post(three.b, `${room}:2`, newUser(), 'elsewhere')
    await post(three.b, room, newUser(), 'here')
    await follower.waitFor(1)
    expect(follower.received.map((entry) => entry.text)).toEqual(['here'])
    follower.stop()
  })
}
