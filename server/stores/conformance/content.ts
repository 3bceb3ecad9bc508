import { expect, test } from '@jest/globals'
import { directRoom } from '../../../protocol/room.ts'
import { append, message, newUser, post, type Three, uniqueName } from './cluster.ts'
import { RecordingFollower } from './recording-follower.ts'

const texts = {
  'quotes and backslashes': `"double" 'single' \`back\` \\ \\n \\u0041 \\" %s \${x} {room} #{x}`,
  'line ends': 'one\ntwo\r\nthree\u2028four\u2029five\ttab',
  'control characters': '\u0000\u0001\u001f\u007f\u0085 after NUL',
  'markup and commands': `<script>alert(1)</script>; FLUSHALL\r\n$3\r\nfoo\r\n --'); DROP TABLE entries; --`,
  'json in json': JSON.stringify({ seq: 7, text: JSON.stringify(['"']), __proto__: null }),
  'many scripts': 'مرحبا שלום नमस्ते こんにちは 你好 👩‍👩‍👧‍👦 e\u0301 é \ufeff\u200d\ufffd',
  'only spaces': '   ',
  'numbers that must stay text': '1e400',
  '4,000 characters outside the basic plane': '🦜'.repeat(4_000),
}

export function content(three: Three): void {
  test.each(Object.entries(texts))('texts stay the same byte for byte: %s', async (_, text) => {
    const room = uniqueName()
    const author = { id: uniqueName('u'), name: `O"Neill's \\ 🦜 ${text.slice(0, 10)}` }
    const follower = await RecordingFollower.at(three.b, room)
    const draft = message(author, text, { clientId: 'c1' })
    const said = await append(three.a.log, room, draft)
    const edit = await append(three.a.log, room, { kind: 'edit', by: author, target: 1, text })
    const reaction = await append(three.a.log, room, {
      kind: 'reaction',
      by: author,
      target: 1,
      emoji: `"👍🏽\\'`,
      on: true,
    })
    await follower.waitFor(3)
    expect([said.text, said.by.name, edit.text, reaction.emoji]).toEqual([text, author.name, text, `"👍🏽\\'`])
    expect(follower.received).toEqual([said, edit, reaction])
    expect((await three.c.log.read(room, { entries: 10 })).entries).toEqual([said, edit, reaction])
    expect(await append(three.c.log, room, draft)).toEqual(said)
    follower.stop()
  })

  test('rooms whose names share a prefix share nothing', async () => {
    const stem = uniqueName()
    const [one, other] = [newUser(), newUser()]
    const names = ['', ':', '-', '_', ':1', '-1', ':entries', '0', 'a', `:${'x'.repeat(63 - stem.length)}`]
    const rooms = [...names.map((name) => stem + name), directRoom(one.id, other.id)]
    for (const room of rooms) await post(three.a, room, one, room, `${room} again`)
    for (const room of rooms) {
      const page = await three.b.log.read(room, { after: 0, entries: 10 })
      expect(page.entries.map((entry) => [entry.seq, entry.room, entry.text])).toEqual([
        [1, room, room],
        [2, room, `${room} again`],
      ])
    }
  })
}
