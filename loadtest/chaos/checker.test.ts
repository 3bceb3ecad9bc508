import { describe, expect, test } from '@jest/globals'
import { check } from './check/check.ts'
import { evidence } from './check/evidence.ts'
import { EPOCH, HistoryBuilder, nameOf, ROOM } from './check/history-builder.ts'
import type { HistoryEvent } from './history.ts'

const kinds = (history: HistoryEvent[]) => [...new Set(check(history).violations.map(({ kind }) => kind))].sort()
const sentences = (history: HistoryEvent[]) => check(history).violations.map(({ sentence }) => sentence)
const message = { room: ROOM, kind: 'message' } as const

/** A history without violations: messages, an edit, a reaction and a deletion. */
function good(): HistoryBuilder {
  const builder = HistoryBuilder.begin()
  const hello = builder.send('ada', { text: 'hello' })
  const oops = builder.send('bob', { text: 'oops' })
  builder.send('ada', { kind: 'edit', target: hello, text: 'hello, all' })
  builder.send('cyd', { kind: 'reaction', target: hello, emoji: '👍', on: true })
  builder.send('bob', { kind: 'delete', target: oops })
  return builder
}

describe('a history without violations', () => {
  test('passes', () => {
    expect(check(good().end())).toMatchObject({ violations: [] })
  })

  test('passes with a client that was offline and reconnected after a deletion', () => {
    const builder = HistoryBuilder.begin()
    const oops = builder.send('ada', { text: 'oops' })
    builder.note('cyd', { what: 'state', state: 'offline' })
    const edit = builder.send('ada', { kind: 'edit', target: oops, text: 'ooops' }, ['ada', 'bob'])
    builder.send('ada', { kind: 'delete', target: oops }, ['ada', 'bob'])
    const { text: _, ...bare } = builder.log[edit - 1]!
    builder.log[edit - 1] = { ...bare, deleted: true }
    builder.reveals(builder.log[edit - 1]!)
    builder.join('cyd', { link: 2, after: oops })
    builder.receive('cyd', [builder.append('bob', { ...message, text: 'well' })], 2)
    for (const who of ['ada', 'bob']) builder.receive(who, [builder.log.at(-1)!])
    expect(sentences(builder.end())).toEqual([])
  })

  test('passes with a refused command that is not in the log, and a retry with the same clientId', () => {
    const builder = good()
    builder.refused('ada', { room: ROOM, kind: 'reaction', target: 2, emoji: '🎉', on: true })
    const retried = builder.append('ada', { ...message, text: 'again' })
    builder.note('ada', { what: 'request', link: 1, clientId: retried.clientId!, ...message, text: 'again' })
    for (const who of builder.users) builder.receive(who, [retried])
    expect(sentences(builder.end())).toEqual([])
  })

  test('passes with a client that left and is no longer shown', () => {
    const builder = good()
    builder.note('cyd', { what: 'leave', room: ROOM })
    builder.note('cyd', { what: 'leave request', link: 1, room: ROOM })
    builder.note('cyd', { what: 'left', link: 1, room: ROOM })
    builder.advance(11_000)
    builder.readMembers(['ada', 'bob'])
    builder.send('ada', { text: 'gone' }, ['ada', 'bob'])
    expect(sentences(builder.end())).toEqual([])
  })
})

describe('lost', () => {
  test('reports an acknowledged entry that no client received', () => {
    const builder = good()
    builder.append('ada', { ...message, text: 'into the void' })
    expect(sentences(builder.end())).toEqual([`${ROOM} 6 of ada was acknowledged and received by no client.`])
  })

  test('reports an acknowledged entry that was replaced by another', () => {
    const builder = good()
    builder.append('ada', { ...message, text: 'first' })
    builder.log.pop()
    builder.send('bob', { text: 'second' })
    expect(sentences(builder.end())).toEqual([`${ROOM} 6 of ada was acknowledged and replaced by another entry.`])
  })

  test('reports an entry that one client did not receive, at the end', () => {
    const builder = good()
    builder.send('ada', { text: 'psst' }, ['ada', 'bob'])
    expect(sentences(builder.end())).toEqual([`cyd received ${ROOM} up to 5; others received 6.`])
  })

  test('reports an entry that one client did not receive, in between', () => {
    const builder = good()
    builder.send('ada', { text: 'psst' }, ['ada', 'bob'])
    const next = builder.append('ada', { ...message, text: 'louder' })
    for (const who of ['ada', 'bob']) builder.receive(who, [next])
    builder.note('cyd', builder.delivered(7, [nameOf(next)]))
    expect(kinds(builder.end())).toEqual(['lost'])
  })

  test('reports an entry after the head of a join response that was not delivered', () => {
    const builder = good()
    builder.note('cyd', { what: 'leave', room: ROOM })
    builder.note('cyd', { what: 'enter', room: ROOM })
    builder.note('cyd', { what: 'join request', link: 2, room: ROOM })
    const answer = { link: 2, room: ROOM, head: 5, more: false, truncated: false, epoch: EPOCH, from: 6, digests: [] }
    builder.note('cyd', { what: 'joined', ...answer })
    for (const text of ['six', 'seven']) builder.send('ada', { text }, ['ada', 'bob'])
    builder.note('cyd', builder.delivered(7, [nameOf(builder.log[6]!)]))
    expect(sentences(builder.end())).toContain(`cyd joined ${ROOM} at 5 and received nothing before 7.`)
  })

  test('ignores a join response that was lost with its connection', () => {
    const builder = good()
    builder.note('cyd', { what: 'leave', room: ROOM })
    builder.note('cyd', { what: 'enter', room: ROOM })
    const answer = { room: ROOM, more: false, truncated: true, epoch: EPOCH }
    const first = builder.log.map(nameOf)
    builder.note('cyd', { what: 'join request', link: 2, room: ROOM })
    builder.note('cyd', { what: 'joined', ...answer, link: 2, head: 5, from: 1, digests: first })
    for (const text of ['six', 'seven']) builder.send('ada', { text }, ['ada', 'bob'])
    const [seventh] = builder.log.slice(6).map(nameOf) as [string]
    builder.note('cyd', { what: 'join request', link: 3, room: ROOM })
    builder.note('cyd', { what: 'joined', ...answer, link: 3, head: 7, from: 7, digests: [seventh] })
    builder.note('cyd', builder.delivered(7, [seventh]))
    expect(sentences(builder.end())).toEqual([])
  })

  test('reports entries lost with an unexplained change of the epoch', () => {
    const builder = good()
    for (const who of builder.users) {
      builder.note(who, { what: 'reset', room: ROOM })
      const answer = { link: 2, room: ROOM, head: 0, more: false, truncated: true, epoch: 'two', from: 1, digests: [] }
      builder.note(who, { what: 'join request', link: 2, room: ROOM, after: 5, epoch: EPOCH })
      builder.note(who, { what: 'joined', ...answer })
    }
    expect(kinds(builder.end())).toEqual(['lost'])
  })
})

describe('doubled', () => {
  test('reports two entries with one clientId', () => {
    const builder = good()
    const entry = builder.append('ada', { ...message, text: 'twice' })
    const again = { ...entry, seq: 7, at: entry.at + 1 }
    builder.reveals(again)
    for (const who of builder.users) builder.receive(who, [entry, again])
    expect(sentences(builder.end())).toContain(`${ROOM} 7 duplicates 6.`)
  })

  test('reports a retry with another clientId', () => {
    const builder = good()
    builder.note('ada', { what: 'request', link: 1, clientId: 'first-try', ...message, text: 'once' })
    builder.send('ada', { text: 'once' })
    expect(sentences(builder.end())).toEqual([`ada said a message in ${ROOM} 1 times, under 2 clientIds.`])
  })

  test('reports an entry that was delivered twice', () => {
    const builder = good()
    builder.note('bob', builder.delivered(5, [nameOf(builder.log[4]!)]))
    expect(sentences(builder.end())).toEqual([`bob received ${ROOM} 5 after 5.`])
  })
})

describe('out of order', () => {
  test('reports two entries with one seq', () => {
    const builder = good()
    const entry = builder.append('ada', { ...message, text: 'to most' })
    for (const who of ['ada', 'bob']) builder.receive(who, [entry])
    const other = { ...entry, by: 'ubob' }
    builder.reveals(other)
    builder.receive('cyd', [other])
    expect(kinds(builder.end())).toContain('out of order')
  })

  test('reports two texts with one seq', () => {
    const builder = good()
    const entry = builder.append('ada', { ...message, text: 'to most' })
    for (const who of ['ada', 'bob']) builder.receive(who, [entry])
    const other = { ...entry, text: 'to cyd' }
    builder.reveals(other)
    builder.receive('cyd', [other])
    expect(sentences(builder.end())).toContain(`2 different entries were received as ${ROOM} 6.`)
  })

  test('reports decreasing timestamps', () => {
    const builder = good()
    const entry = builder.append('ada', { ...message, text: 'early' })
    const early = { ...entry, at: 5 }
    builder.events = builder.events.filter((each) => each.what !== 'entry' || each.entry.seq !== 6)
    builder.note('chaos', { what: 'entry', digest: nameOf(entry), entry: early })
    for (const who of builder.users) builder.receive(who, [entry])
    expect(sentences(builder.end())).toEqual([`Timestamps decrease at ${ROOM} 6.`])
  })

  test('reports a reset in the same epoch', () => {
    const builder = good()
    builder.note('cyd', { what: 'reset', room: ROOM })
    builder.note('cyd', builder.delivered(1, builder.log.map(nameOf)))
    expect(sentences(builder.end())).toEqual([`cyd was reset in the same epoch of ${ROOM} at 1.`])
  })
})

test('diverged: reports a text removed without a deletion', () => {
  const builder = good()
  const entry = builder.append('ada', { ...message, text: 'here' })
  for (const who of ['ada', 'bob']) builder.receive(who, [entry])
  const { text: _, ...bare } = entry
  const stripped = { ...bare, deleted: true } as const
  builder.reveals(stripped)
  builder.receive('cyd', [stripped])
  expect(sentences(builder.end())).toEqual([`cyd sees ${ROOM} 6 as deleted; it is “here” with nothing.`])
})

describe('not faithful', () => {
  test('reports a refused command that is in the log', () => {
    const builder = good()
    const words = { ...message, text: 'no' }
    const clientId = builder.refused('ada', words)
    const entry = { ...words, seq: 6, at: builder.at, by: 'uada', clientId }
    builder.reveals(entry)
    for (const who of builder.users) builder.receive(who, [entry])
    expect(sentences(builder.end())).toEqual([`ada was refused a message in ${ROOM}, but it is in the log.`])
  })

  test('reports an acknowledgement of another entry', () => {
    const builder = good()
    builder.note('ada', { what: 'send', op: 99, ...message, text: 'tea' })
    builder.note('ada', { what: 'sent', op: 99, room: ROOM, digest: nameOf(builder.log[0]!) })
    expect(sentences(builder.end())).toEqual([`ada sent something else than ${ROOM} 1.`])
  })
})

test('from nowhere: reports an entry that no client sent', () => {
  const builder = good()
  const entry = { ...message, text: 'boo', seq: 6, at: builder.at, by: 'uada', clientId: 'unheard-of' }
  builder.reveals(entry)
  for (const who of builder.users) builder.receive(who, [entry])
  expect(sentences(builder.end())).toEqual([`${ROOM} 6 by ada was never sent.`])
})

describe('the stream of a connection', () => {
  const broken = (change: (historyBuilder: HistoryBuilder) => void) => {
    const builder = good()
    change(builder)
    return kinds(builder.end())
  }
  const receives = (builder: HistoryBuilder, from: number, digests = [nameOf(builder.log[from - 1]!)], link = 1) =>
    builder.note('bob', { what: 'received', link, room: ROOM, till: builder.at, epoch: EPOCH, from, digests })
  const answer = { link: 2, room: ROOM, more: false, truncated: false, epoch: EPOCH }

  test('must not repeat an entry', () => {
    expect(broken((builder) => receives(builder, 5))).toEqual(['stream'])
  })

  test('must not have a gap', () => {
    const change = (builder: HistoryBuilder) => {
      const [, next] = [1, 2].map((n) => builder.append('ada', { ...message, text: `${n}` }))
      builder.note('bob', {
        what: 'received',
        link: 1,
        room: ROOM,
        till: builder.at,
        epoch: EPOCH,
        from: 7,
        digests: [nameOf(next!)],
      })
    }
    expect(broken(change)).toContain('stream')
  })

  test('must not continue after room:stale', () => {
    const change = (builder: HistoryBuilder) => {
      builder.note('bob', { what: 'stale', link: 1, room: ROOM })
      builder.send('ada', { text: 'late' })
    }
    expect(broken(change)).toEqual(['stream'])
  })

  test('must not start before the join response', () => {
    const change = (builder: HistoryBuilder) => {
      builder.note('bob', { what: 'join request', link: 2, room: ROOM, after: 4, epoch: EPOCH })
      receives(builder, 5, undefined, 2)
    }
    expect(broken(change)).toEqual(['stream'])
  })

  test('must not start with an incomplete join response', () => {
    const change = (from: number, digests: string[]) => (builder: HistoryBuilder) => {
      builder.note('bob', { what: 'join request', link: 2, room: ROOM, after: 2, epoch: EPOCH })
      builder.note('bob', { what: 'joined', ...answer, head: 5, from, digests })
    }
    const names = good().log.map(nameOf)
    expect(broken(change(4, names.slice(3)))).toEqual(['stream'])
    expect(broken(change(3, names.slice(2, 4)))).toEqual(['stream'])
    expect(broken(change(3, names.slice(2)))).toEqual([])
  })

  test('may start after a join response that arrived too late, and only there', () => {
    const change = (from: number) => (builder: HistoryBuilder) => {
      builder.note('bob', { what: 'join request', link: 2, room: ROOM, after: 2, epoch: EPOCH })
      builder.note('bob', { what: 'response timeout', link: 2, room: ROOM })
      receives(builder, 4, undefined, 2)
      receives(builder, from, undefined, 2)
    }
    expect(broken(change(5))).toEqual([])
    expect(broken(change(3))).toEqual(['stream'])
  })

  test('must not change its epoch', () => {
    const change = (builder: HistoryBuilder) =>
      builder.note('bob', {
        what: 'received',
        link: 1,
        room: ROOM,
        till: builder.at,
        epoch: 'two',
        from: 1,
        digests: [],
      })
    expect(broken(change)).toContain('stream')
  })
})

describe('presence', () => {
  test('a user shown ten seconds after leaving is a ghost', () => {
    const builder = good()
    builder.note('cyd', { what: 'state', state: 'offline' })
    builder.advance(9_000)
    builder.readMembers(builder.users, ['ada'])
    builder.advance(2_000)
    const before = builder.events.length
    builder.readMembers(builder.users, ['bob'])
    builder.join('cyd', { link: 2, after: 5 })
    expect(kinds(builder.end())).toEqual(['ghost'])
    expect(sentences(builder.events.toSpliced(before, 1))).toEqual([])
  })

  test('a long-polling user may be shown until the pong is missed, unless the node failed as well', () => {
    const builder = good()
    builder.note('cyd', { what: 'state', state: 'live', node: 'n2', transport: 'polling' })
    const wentAt = builder.at
    builder.note('cyd', { what: 'state', state: 'offline' })
    builder.advance(15_000)
    builder.readMembers(builder.users, ['ada'])
    const fault = { what: 'fault', kind: 'node killed', on: 'n2', from: wentAt, until: wentAt + 500 } as const
    builder.join('cyd', { link: 2, after: 5 })
    const history = builder.end()
    expect(sentences(history)).toEqual([])
    expect(kinds([...history, { at: wentAt, who: 'chaos', ...fault }])).toEqual(['ghost'])
  })

  test('a joined user who is not shown is missing', () => {
    const builder = good()
    builder.advance(5_000)
    builder.readMembers(['ada', 'bob'])
    expect(kinds(builder.end())).toEqual(['missing'])
  })
})

describe('membership changes', () => {
  /** Reports to bob that cyd left, 30 s after all joined; `meanwhile` runs 15 s before. */
  function reportLeft(meanwhile: (builder: HistoryBuilder) => void): HistoryEvent[] {
    const builder = good()
    builder.note('cyd', { what: 'state', state: 'live', node: 'n2' })
    builder.advance(15_000)
    builder.send('ada', { text: 'still here' })
    meanwhile(builder)
    builder.advance(15_000)
    builder.note('bob', { what: 'presence', link: 1, room: ROOM, joined: [], left: ['ucyd'] })
    return builder.end()
  }

  test('reports a leave of a user who stayed', () => {
    expect(kinds(reportLeft(() => {}))).toEqual(['flicker'])
  })

  test('reports a join of a user who stayed', () => {
    const builder = good()
    builder.advance(15_000)
    builder.send('ada', { text: 'still here' })
    builder.advance(15_000)
    builder.note('bob', { what: 'presence', link: 1, room: ROOM, joined: ['ucyd'], left: [] })
    expect(kinds(builder.end())).toEqual(['flicker'])
  })

  test('accepts a leave of a user who was offline, or whose node was down', () => {
    const away = (builder: HistoryBuilder) => builder.join('cyd', { link: 2, after: 6 })
    expect(sentences(reportLeft(away))).toEqual([])
    const history = reportLeft(() => {})
    const at = history.at(-5)!.at
    const fault = { at, who: 'chaos', what: 'fault', from: at - 8_000, until: at - 500, kind: 'node frozen' } as const
    expect(kinds([...history, { ...fault, on: 'n2' }])).toEqual([])
    expect(kinds([...history, { ...fault, on: 'n1' }])).toEqual(['flicker'])
    expect(kinds([...history, { ...fault, on: 'redis', kind: 'redis flushed' }])).toContain('flicker')
  })
})

describe('redis flushed', () => {
  /** The room's log starts a new epoch with one message of ada's. */
  function flushed({ heard = ['ada', 'bob', 'cyd'], note = true } = {}): HistoryEvent[] {
    const builder = good()
    const at = builder.at
    builder.advance(10)
    if (note) builder.note('chaos', { what: 'fault', kind: 'redis flushed', on: 'redis', from: at, until: at + 5 })
    const words = { ...message, text: 'a new life' }
    const entry = { ...words, seq: 1, at: builder.at, by: 'uada', clientId: 'new' }
    const answer = { link: 2, room: ROOM, head: 0, more: false, truncated: true, epoch: 'two', from: 1, digests: [] }
    for (const who of builder.users) {
      builder.note(who, { what: 'join request', link: 2, room: ROOM, after: 5, epoch: EPOCH })
      builder.note(who, { what: 'joined', ...answer })
      builder.note(who, { what: 'reset', room: ROOM })
    }
    builder.note('ada', { what: 'send', op: 99, ...words })
    builder.note('ada', { what: 'request', link: 2, clientId: 'new', ...words })
    builder.reveals(entry)
    const batch = { epoch: 'two', from: 1, digests: [nameOf(entry)] }
    for (const who of heard) {
      builder.note(who, { what: 'received', link: 2, room: ROOM, till: builder.at, ...batch })
      builder.note(who, { what: 'delivered', room: ROOM, till: builder.at, ...batch })
    }
    builder.note('ada', { what: 'response', link: 2, clientId: 'new', digest: nameOf(entry), seq: 1 })
    builder.note('ada', { what: 'sent', op: 99, room: ROOM, digest: nameOf(entry) })
    return builder.end()
  }

  test('excuses entries acknowledged before the flush, and nothing else', () => {
    expect(sentences(flushed())).toEqual([])
    expect(kinds(flushed({ note: false }))).toEqual(['lost'])
    expect(sentences(flushed({ heard: ['ada', 'bob'] }))).toContain(
      `cyd is in ${ROOM} and received nothing of its current epoch.`,
    )
  })
})

describe('after the run', () => {
  test('reports refused connections', () => {
    const builder = good()
    builder.note('bob', { what: 'connections', opened: 9, refused: 0 })
    expect(sentences(builder.events.concat(builder.end()))).not.toContain('locked out')
    builder.note('bob', { what: 'connections', opened: 7, refused: 2, code: 'too_many_connections' })
    expect(sentences(builder.events)).toEqual(['bob was refused 2 of 9 connections: too_many_connections.'])
  })

  test('reports users who are still shown', () => {
    const builder = good()
    const history = builder.end()
    const remains: HistoryEvent = { at: builder.at, who: 'chaos', what: 'ghosts', room: ROOM, ids: ['ubob'] }
    expect(sentences([remains, ...history])).toEqual([`bob is still shown in ${ROOM} a minute after all clients left.`])
  })
})

describe('silent', () => {
  const quiet = (ms: number) => {
    const builder = good()
    builder.advance(ms)
    builder.send('ada', { text: 'anybody?' })
    return builder.end()
  }

  test('reports a client without deliveries for more than 20 s', () => {
    expect(kinds(quiet(20_500))).toEqual(['silent'])
    expect(check(quiet(19_000))).toMatchObject({ violations: [], longestSilence: { forMs: expect.any(Number) } })
  })

  test('ignores clients with an injected fault', () => {
    const builder = good()
    builder.note('cyd', { what: 'impaired', from: 'absence' })
    for (let i = 0; i < 4; i++) {
      builder.advance(10_000)
      builder.send('ada', { text: `${i}` }, ['ada', 'bob'])
    }
    builder.note('cyd', { what: 'recovered' })
    builder.join('cyd', { link: 2, after: 5 })
    expect(sentences(builder.end())).toEqual([])
  })

  test('includes the time until the end', () => {
    const builder = good()
    for (let i = 0; i < 4; i++) {
      builder.advance(10_000)
      builder.send('ada', { text: `${i}` }, ['ada', 'bob'])
    }
    expect(kinds(builder.end())).toEqual(['lost', 'silent'])
  })
})

describe('stuck', () => {
  test('reports a command without a result', () => {
    const builder = good()
    builder.note('ada', { what: 'send', op: 99, ...message, text: 'hm' })
    expect(sentences(builder.end())).toEqual([`ada sent command 99 to ${ROOM} and received no result.`])
  })

  test('reports an unknown result although the log exists', () => {
    const builder = good()
    builder.note('ada', { what: 'doubtful', room: ROOM, clientId: 'id9' })
    const at = builder.at
    const history = builder.end()
    expect(kinds(history)).toEqual(['stuck'])
    const wipe = { at, who: 'chaos', what: 'fault', kind: 'redis flushed', on: 'redis', from: at, until: at } as const
    expect(kinds([...history, wipe])).toEqual([])
  })

  test('reports clients that did not settle, did not end, were refused, or changed their user', () => {
    const builder = good()
    builder.note('ada', { what: 'state', state: 'refused', code: 'token_expired' })
    builder.note('bob', { what: 'refused', room: ROOM, code: 'not_admitted' })
    builder.note('bob', { what: 'identified', user: 'somebody' })
    builder.note('ada', { what: 'ended', settled: false, waiting: 3 })
    builder.note('bob', { what: 'ended', settled: true, waiting: 0 })
    expect(sentences(builder.events)).toEqual([
      'ada was refused permanently: token_expired.',
      `bob was removed from ${ROOM}: not_admitted.`,
      'bob reconnected as another user.',
      'ada did not settle: 3 commands were pending at the end.',
      'cyd never ended.',
    ])
  })
})

test('dead: reports a process that ended unexpectedly', () => {
  const builder = good()
  builder.note('chaos', { what: 'died', part: 'n2', how: 'ended with 1' })
  expect(sentences(builder.end())).toEqual(['n2 ended with 1.'])
})

test('the evidence contains the events that show the violation', () => {
  const builder = good()
  builder.send('ada', { text: 'psst' }, ['ada', 'bob'])
  const history = builder.end()
  const [violation] = check(history).violations
  const shown = evidence(history, violation!)
  expect(shown.length).toBeLessThan(12)
  expect(shown).toContainEqual(expect.objectContaining({ what: 'entry', entry: expect.objectContaining({ seq: 6 }) }))
})
