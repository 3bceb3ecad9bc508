import { expect, test } from '@jest/globals'
import type { Page } from '../../domain/ports.ts'
import { append, fresh, message, say, someone, type Three } from './cluster.ts'
import { RecordingFollower, span } from './recording-follower.ts'

export function following(three: Three): void {
  test('from the moment it resolves, after its head: nothing missed, nothing twice, in the midst of appends', async () => {
    const room = fresh()
    const ada = someone()
    const appends = span(1, 100).map((i) => append(three.a.log, room, message(ada, String(i))))
    const recordingFollowers: RecordingFollower[] = []
    for (const store of [...three.all, ...three.all]) {
      recordingFollowers.push(await RecordingFollower.at(store, room))
      appends.push(...span(1, 20).map((i) => append(store.log, room, message(ada, String(i)))))
    }
    const head = Math.max(...(await Promise.all(appends)).map((entry) => entry.seq))
    const { entries, epoch } = await three.b.log.read(room, { after: 0, entries: 500 })
    for (const recordingFollower of recordingFollowers) {
      await recordingFollower.waitFor(head)
      expect(recordingFollower.following.epoch).toBe(epoch)
      expect(recordingFollower.heard).toEqual(entries.slice(recordingFollower.following.head))
      expect(recordingFollower.renewals).toEqual([])
      recordingFollower.stop()
    }
  })

  test('its head is the newest entry when it begins', async () => {
    const room = fresh()
    const first = await RecordingFollower.at(three.a, room)
    expect(first.following.head).toBe(0)
    await say(three.b, room, someone(), 'x', 'y')
    const second = await RecordingFollower.at(three.a, room)
    expect(second.following.head).toBe(2)
    await say(three.b, room, someone(), 'z')
    await Promise.all([first.waitFor(3), second.waitFor(3)])
    expect([first.seqs, second.seqs]).toEqual([[1, 2, 3], [3]])
    first.stop()
    second.stop()
  })

  test('what is heard is stored: every node can read it', async () => {
    const room = fresh()
    const pages: Promise<Page>[] = []
    const ear = new RecordingFollower()
    const { stop } = await three.a.log.follow(room, {
      reset: () => {},
      entries: (entries) => {
        const after = entries[0]!.seq - 1
        pages.push(...three.all.map((store) => store.log.read(room, { after, entries: entries.length })))
        ear.entries(entries)
      },
    })
    await Promise.all(span(1, 50).map((i) => append(three.b.log, room, message(someone(), String(i)))))
    await ear.waitFor(50)
    const read = (await Promise.all(pages)).flatMap((page) => page.entries.map((entry) => entry.seq))
    for (const seq of span(1, 50)) expect(read.filter((other) => other === seq)).toHaveLength(3)
    stop()
  })

  test('stop() ends one follower and no other', async () => {
    const room = fresh()
    const [stopped, other] = [await RecordingFollower.at(three.a, room), await RecordingFollower.at(three.a, room)]
    await say(three.b, room, someone(), 'x')
    await Promise.all([stopped.waitFor(1), other.waitFor(1)])
    stopped.stop()
    stopped.stop()
    await say(three.b, room, someone(), 'y')
    await other.waitFor(2)
    expect(stopped.seqs).toEqual([1])

    other.stop()
    const later = await RecordingFollower.at(three.a, room)
    await say(three.b, room, someone(), 'z')
    await later.waitFor(3)
    expect([stopped.seqs, other.seqs, later.seqs]).toEqual([[1], [1, 2], [3]])
    later.stop()
  })

  test('a follower hears its own room only', async () => {
    const room = fresh()
    const ear = await RecordingFollower.at(three.a, room)
    await say(three.b, `${room}:2`, someone(), 'elsewhere')
    await say(three.b, room, someone(), 'here')
    await ear.waitFor(1)
    expect(ear.heard.map((entry) => entry.text)).toEqual(['here'])
    ear.stop()
  })
}
