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
  const story = HistoryBuilder.begin()
  const hello = story.send('ada', { text: 'hello' })
  const oops = story.send('bob', { text: 'oops' })
  story.send('ada', { kind: 'edit', target: hello, text: 'hello, all' })
  story.send('cyd', { kind: 'reaction', target: hello, emoji: '👍', on: true })
  story.send('bob', { kind: 'delete', target: oops })
  return story
}

describe('a good history', () => {
  test('passes', () => {
    expect(check(good().end())).toMatchObject({ violations: [] })
  })

  test('passes with somebody who was away, and came back after a deletion', () => {
    const story = HistoryBuilder.begin()
    const oops = story.send('ada', { text: 'oops' })
    story.note('cyd', { what: 'condition', state: 'offline' })
    const edit = story.send('ada', { kind: 'edit', target: oops, text: 'ooops' }, ['ada', 'bob'])
    story.send('ada', { kind: 'delete', target: oops }, ['ada', 'bob'])
    const { text: _, ...bare } = story.log[edit - 1]!
    story.log[edit - 1] = { ...bare, deleted: true }
    story.reveals(story.log[edit - 1]!)
    story.join('cyd', { link: 2, after: oops })
    story.receive('cyd', [story.append('bob', { ...message, text: 'well' })], 2)
    for (const who of ['ada', 'bob']) story.receive(who, [story.log.at(-1)!])
    expect(sentences(story.end())).toEqual([])
  })

  test('passes with a refusal of something that is not there, and a retry under the same clientId', () => {
    const story = good()
    story.refused('ada', { room: ROOM, kind: 'reaction', target: 2, emoji: '🎉', on: true })
    const retried = story.append('ada', { ...message, text: 'again' })
    story.note('ada', { what: 'asks', link: 1, clientId: retried.clientId!, ...message, text: 'again' })
    for (const who of story.people) story.receive(who, [retried])
    expect(sentences(story.end())).toEqual([])
  })

  test('passes with somebody who left, and whom others no longer see', () => {
    const story = good()
    story.note('cyd', { what: 'leaves', room: ROOM })
    story.note('cyd', { what: 'parts', link: 1, room: ROOM })
    story.note('cyd', { what: 'parted', link: 1, room: ROOM })
    story.advance(11_000)
    story.readMembers(['ada', 'bob'])
    story.send('ada', { text: 'gone' }, ['ada', 'bob'])
    expect(sentences(story.end())).toEqual([])
  })
})

describe('lost', () => {
  test('acknowledged, and heard by nobody', () => {
    const story = good()
    story.append('ada', { ...message, text: 'into the void' })
    expect(sentences(story.end())).toEqual([`${ROOM} 6 of ada was acknowledged and heard by nobody.`])
  })

  test('acknowledged, and another in its place', () => {
    const story = good()
    story.append('ada', { ...message, text: 'first' })
    story.log.pop()
    story.send('bob', { text: 'second' })
    expect(sentences(story.end())).toEqual([`${ROOM} 6 of ada was acknowledged; another took its place.`])
  })

  test('heard by all but one, at the end', () => {
    const story = good()
    story.send('ada', { text: 'psst' }, ['ada', 'bob'])
    expect(sentences(story.end())).toEqual([`cyd heard ${ROOM} up to 5; others heard 6.`])
  })

  test('heard by all but one, in between', () => {
    const story = good()
    story.send('ada', { text: 'psst' }, ['ada', 'bob'])
    const next = story.append('ada', { ...message, text: 'louder' })
    for (const who of ['ada', 'bob']) story.receive(who, [next])
    story.note('cyd', story.handed(7, [nameOf(next)]))
    expect(kinds(story.end())).toEqual(['lost'])
  })

  test('by somebody who came in later, behind the head that they were told', () => {
    const story = good()
    story.note('cyd', { what: 'leaves', room: ROOM })
    story.note('cyd', { what: 'enters', room: ROOM })
    story.note('cyd', { what: 'joins', link: 2, room: ROOM })
    const answer = { link: 2, room: ROOM, head: 5, more: false, truncated: false, epoch: EPOCH, from: 6, digests: [] }
    story.note('cyd', { what: 'joined', ...answer })
    for (const text of ['six', 'seven']) story.send('ada', { text }, ['ada', 'bob'])
    story.note('cyd', story.handed(7, [nameOf(story.log[6]!)]))
    expect(sentences(story.end())).toContain(`cyd came into ${ROOM} at 5 and heard nothing before 7.`)
  })

  test('not by somebody whose connection ended with the answer to join unprocessed', () => {
    const story = good()
    story.note('cyd', { what: 'leaves', room: ROOM })
    story.note('cyd', { what: 'enters', room: ROOM })
    const answer = { room: ROOM, more: false, truncated: true, epoch: EPOCH }
    const first = story.log.map(nameOf)
    story.note('cyd', { what: 'joins', link: 2, room: ROOM })
    story.note('cyd', { what: 'joined', ...answer, link: 2, head: 5, from: 1, digests: first })
    for (const text of ['six', 'seven']) story.send('ada', { text }, ['ada', 'bob'])
    const [seventh] = story.log.slice(6).map(nameOf) as [string]
    story.note('cyd', { what: 'joins', link: 3, room: ROOM })
    story.note('cyd', { what: 'joined', ...answer, link: 3, head: 7, from: 7, digests: [seventh] })
    story.note('cyd', story.handed(7, [seventh]))
    expect(sentences(story.end())).toEqual([])
  })

  test('by everybody, since the log went on as another one', () => {
    const story = good()
    for (const who of story.people) {
      story.note(who, { what: 'reset', room: ROOM })
      const answer = { link: 2, room: ROOM, head: 0, more: false, truncated: true, epoch: 'two', from: 1, digests: [] }
      story.note(who, { what: 'joins', link: 2, room: ROOM, after: 5, epoch: EPOCH })
      story.note(who, { what: 'joined', ...answer })
    }
    expect(kinds(story.end())).toEqual(['lost'])
  })
})

describe('doubled', () => {
  test('one clientId, two entries', () => {
    const story = good()
    const entry = story.append('ada', { ...message, text: 'twice' })
    const again = { ...entry, seq: 7, at: entry.at + 1 }
    story.reveals(again)
    for (const who of story.people) story.receive(who, [entry, again])
    expect(sentences(story.end())).toContain(`${ROOM} 7 is 6 once more.`)
  })

  test('one thing said, retried under another clientId', () => {
    const story = good()
    story.note('ada', { what: 'asks', link: 1, clientId: 'first-try', ...message, text: 'once' })
    story.send('ada', { text: 'once' })
    expect(sentences(story.end())).toEqual([`ada said a message in ${ROOM} 1 times, under 2 clientIds.`])
  })

  test('handed over twice', () => {
    const story = good()
    story.note('bob', story.handed(5, [nameOf(story.log[4]!)]))
    expect(sentences(story.end())).toEqual([`bob was handed ${ROOM} 5 after 5.`])
  })
})

describe('out of order', () => {
  test('one seq, two entries', () => {
    const story = good()
    const entry = story.append('ada', { ...message, text: 'to most' })
    for (const who of ['ada', 'bob']) story.receive(who, [entry])
    const other = { ...entry, by: 'ubob' }
    story.reveals(other)
    story.receive('cyd', [other])
    expect(kinds(story.end())).toContain('out of order')
  })

  test('one seq, two texts', () => {
    const story = good()
    const entry = story.append('ada', { ...message, text: 'to most' })
    for (const who of ['ada', 'bob']) story.receive(who, [entry])
    const other = { ...entry, text: 'to cyd' }
    story.reveals(other)
    story.receive('cyd', [other])
    expect(sentences(story.end())).toContain(`2 different entries were seen as ${ROOM} 6.`)
  })

  test('time steps back', () => {
    const story = good()
    const entry = story.append('ada', { ...message, text: 'early' })
    const early = { ...entry, at: 5 }
    story.happenings = story.happenings.filter((each) => each.what !== 'entry' || each.entry.seq !== 6)
    story.note('chaos', { what: 'entry', digest: nameOf(entry), entry: early })
    for (const who of story.people) story.receive(who, [entry])
    expect(sentences(story.end())).toEqual([`Time steps back at ${ROOM} 6.`])
  })

  test('begun anew, though the log is the same', () => {
    const story = good()
    story.note('cyd', { what: 'reset', room: ROOM })
    story.note('cyd', story.handed(1, story.log.map(nameOf)))
    expect(sentences(story.end())).toEqual([`cyd began ${ROOM} anew at 1.`])
  })
})

test('diverged: a text taken from a message that nobody deleted', () => {
  const story = good()
  const entry = story.append('ada', { ...message, text: 'here' })
  for (const who of ['ada', 'bob']) story.receive(who, [entry])
  const { text: _, ...bare } = entry
  const stripped = { ...bare, deleted: true } as const
  story.reveals(stripped)
  story.receive('cyd', [stripped])
  expect(sentences(story.end())).toEqual([`cyd sees ${ROOM} 6 as deleted; it is “here” with nothing.`])
})

describe('not faithful', () => {
  test('refused, and there', () => {
    const story = good()
    const words = { ...message, text: 'no' }
    const clientId = story.refused('ada', words)
    const entry = { ...words, seq: 6, at: story.at, by: 'uada', clientId }
    story.reveals(entry)
    for (const who of story.people) story.receive(who, [entry])
    expect(sentences(story.end())).toEqual([`ada was refused a message in ${ROOM}, and it is there.`])
  })

  test('acknowledged as something else', () => {
    const story = good()
    story.note('ada', { what: 'says', op: 99, ...message, text: 'tea' })
    story.note('ada', { what: 'said', op: 99, room: ROOM, digest: nameOf(story.log[0]!) })
    expect(sentences(story.end())).toEqual([`ada said one thing; ${ROOM} 1 is another.`])
  })
})

test('from nowhere: an entry that nobody had said', () => {
  const story = good()
  const entry = { ...message, text: 'boo', seq: 6, at: story.at, by: 'uada', clientId: 'unheard-of' }
  story.reveals(entry)
  for (const who of story.people) story.receive(who, [entry])
  expect(sentences(story.end())).toEqual([`${ROOM} 6 by ada was never said.`])
})

describe('the stream of a connection', () => {
  const broken = (tell: (historyBuilder: HistoryBuilder) => void) => {
    const story = good()
    tell(story)
    return kinds(story.end())
  }
  const hears = (story: HistoryBuilder, from: number, digests = [nameOf(story.log[from - 1]!)], link = 1) =>
    story.note('bob', { what: 'hears', link, room: ROOM, till: story.at, epoch: EPOCH, from, digests })
  const answer = { link: 2, room: ROOM, more: false, truncated: false, epoch: EPOCH }

  test('repeats', () => {
    expect(broken((story) => hears(story, 5))).toEqual(['stream'])
  })

  test('has a hole', () => {
    const tell = (story: HistoryBuilder) => {
      const [, next] = [1, 2].map((n) => story.append('ada', { ...message, text: `${n}` }))
      story.note('bob', {
        what: 'hears',
        link: 1,
        room: ROOM,
        till: story.at,
        epoch: EPOCH,
        from: 7,
        digests: [nameOf(next!)],
      })
    }
    expect(broken(tell)).toContain('stream')
  })

  test('goes on behind room:stale', () => {
    const tell = (story: HistoryBuilder) => {
      story.note('bob', { what: 'stale', link: 1, room: ROOM })
      story.send('ada', { text: 'late' })
    }
    expect(broken(tell)).toEqual(['stream'])
  })

  test('begins before its answer', () => {
    const tell = (story: HistoryBuilder) => {
      story.note('bob', { what: 'joins', link: 2, room: ROOM, after: 4, epoch: EPOCH })
      hears(story, 5, undefined, 2)
    }
    expect(broken(tell)).toEqual(['stream'])
  })

  test('begins with an answer that leaves something out, or that ends before its head', () => {
    const tell = (from: number, digests: string[]) => (story: HistoryBuilder) => {
      story.note('bob', { what: 'joins', link: 2, room: ROOM, after: 2, epoch: EPOCH })
      story.note('bob', { what: 'joined', ...answer, head: 5, from, digests })
    }
    const names = good().log.map(nameOf)
    expect(broken(tell(4, names.slice(3)))).toEqual(['stream'])
    expect(broken(tell(3, names.slice(2, 4)))).toEqual(['stream'])
    expect(broken(tell(3, names.slice(2)))).toEqual([])
  })

  test('may begin behind an answer that came too late to be heard, and only there', () => {
    const tell = (from: number) => (story: HistoryBuilder) => {
      story.note('bob', { what: 'joins', link: 2, room: ROOM, after: 2, epoch: EPOCH })
      story.note('bob', { what: 'unanswered', link: 2, room: ROOM })
      hears(story, 4, undefined, 2)
      hears(story, from, undefined, 2)
    }
    expect(broken(tell(5))).toEqual([])
    expect(broken(tell(3))).toEqual(['stream'])
  })

  test('changes its epoch', () => {
    const tell = (story: HistoryBuilder) =>
      story.note('bob', { what: 'hears', link: 1, room: ROOM, till: story.at, epoch: 'two', from: 1, digests: [] })
    expect(broken(tell)).toContain('stream')
  })
})

describe('presence', () => {
  test('a ghost is somebody who has been gone for ten seconds', () => {
    const story = good()
    story.note('cyd', { what: 'condition', state: 'offline' })
    story.advance(9_000)
    story.readMembers(story.people, ['ada'])
    story.advance(2_000)
    const before = story.happenings.length
    story.readMembers(story.people, ['bob'])
    story.join('cyd', { link: 2, after: 5 })
    expect(kinds(story.end())).toEqual(['ghost'])
    expect(sentences(story.happenings.toSpliced(before, 1))).toEqual([])
  })

  test('somebody who polls and goes may be shown until the pong is missed, unless their node went with them', () => {
    const story = good()
    story.note('cyd', { what: 'condition', state: 'live', node: 'n2', transport: 'polling' })
    const wentAt = story.at
    story.note('cyd', { what: 'condition', state: 'offline' })
    story.advance(15_000)
    story.readMembers(story.people, ['ada'])
    const fault = { what: 'fault', kind: 'node killed', on: 'n2', from: wentAt, until: wentAt + 500 } as const
    story.join('cyd', { link: 2, after: 5 })
    const history = story.end()
    expect(sentences(history)).toEqual([])
    expect(kinds([...history, { at: wentAt, who: 'chaos', ...fault }])).toEqual(['ghost'])
  })

  test('missing is somebody who has been there for a while', () => {
    const story = good()
    story.advance(5_000)
    story.readMembers(['ada', 'bob'])
    expect(kinds(story.end())).toEqual(['missing'])
  })
})

describe('membership changes', () => {
  /** Reports to bob that cyd left, 30 s after all joined; `meanwhile` runs 15 s before. */
  function told(meanwhile: (story: HistoryBuilder) => void): HistoryEvent[] {
    const story = good()
    story.note('cyd', { what: 'condition', state: 'live', node: 'n2' })
    story.advance(15_000)
    story.send('ada', { text: 'still here' })
    meanwhile(story)
    story.advance(15_000)
    story.note('bob', { what: 'presence', link: 1, room: ROOM, joined: [], left: ['ucyd'] })
    return story.end()
  }

  test('reported as left, and there all the while', () => {
    expect(kinds(told(() => {}))).toEqual(['flicker'])
  })

  test('reported as joined, and there all the while', () => {
    const story = good()
    story.advance(15_000)
    story.send('ada', { text: 'still here' })
    story.advance(15_000)
    story.note('bob', { what: 'presence', link: 1, room: ROOM, joined: ['ucyd'], left: [] })
    expect(kinds(story.end())).toEqual(['flicker'])
  })

  test('not somebody who was away meanwhile, or whose node was', () => {
    const away = (story: HistoryBuilder) => story.join('cyd', { link: 2, after: 6 })
    expect(sentences(told(away))).toEqual([])
    const history = told(() => {})
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
    const story = good()
    const at = story.at
    story.advance(10)
    if (note) story.note('chaos', { what: 'fault', kind: 'redis flushed', on: 'redis', from: at, until: at + 5 })
    const words = { ...message, text: 'a new life' }
    const entry = { ...words, seq: 1, at: story.at, by: 'uada', clientId: 'new' }
    const answer = { link: 2, room: ROOM, head: 0, more: false, truncated: true, epoch: 'two', from: 1, digests: [] }
    for (const who of story.people) {
      story.note(who, { what: 'joins', link: 2, room: ROOM, after: 5, epoch: EPOCH })
      story.note(who, { what: 'joined', ...answer })
      story.note(who, { what: 'reset', room: ROOM })
    }
    story.note('ada', { what: 'says', op: 99, ...words })
    story.note('ada', { what: 'asks', link: 2, clientId: 'new', ...words })
    story.reveals(entry)
    const batch = { epoch: 'two', from: 1, digests: [nameOf(entry)] }
    for (const who of heard) {
      story.note(who, { what: 'hears', link: 2, room: ROOM, till: story.at, ...batch })
      story.note(who, { what: 'handed', room: ROOM, till: story.at, ...batch })
    }
    story.note('ada', { what: 'answered', link: 2, clientId: 'new', digest: nameOf(entry), seq: 1 })
    story.note('ada', { what: 'said', op: 99, room: ROOM, digest: nameOf(entry) })
    return story.end()
  }

  test('what was acknowledged before is excused, and nothing else', () => {
    expect(sentences(flushed())).toEqual([])
    expect(kinds(flushed({ note: false }))).toEqual(['lost'])
    expect(sentences(flushed({ heard: ['ada', 'bob'] }))).toContain(
      `cyd is in ${ROOM} and heard nothing of its present log.`,
    )
  })
})

describe('when everything is over', () => {
  test('nobody is locked out', () => {
    const story = good()
    story.note('bob', { what: 'connections', opened: 9, refused: 0 })
    expect(sentences(story.happenings.concat(story.end()))).not.toContain('locked out')
    story.note('bob', { what: 'connections', opened: 7, refused: 2, code: 'too_many_connections' })
    expect(sentences(story.happenings)).toEqual(['bob was refused 2 of 9 connections: too_many_connections.'])
  })

  test('nobody is shown who has left', () => {
    const story = good()
    const history = story.end()
    const remains: HistoryEvent = { at: story.at, who: 'chaos', what: 'remains', room: ROOM, ids: ['ubob'] }
    expect(sentences([remains, ...history])).toEqual([`bob is shown in ${ROOM} a minute after everybody left.`])
  })
})

describe('silent', () => {
  const quiet = (ms: number) => {
    const story = good()
    story.advance(ms)
    story.send('ada', { text: 'anybody?' })
    return story.end()
  }

  test('for more than 20 s', () => {
    expect(kinds(quiet(20_500))).toEqual(['silent'])
    expect(check(quiet(19_000))).toMatchObject({ violations: [], longestSilence: { forMs: expect.any(Number) } })
  })

  test('but not somebody whom we kept from hearing', () => {
    const story = good()
    story.note('cyd', { what: 'suffers', from: 'being away' })
    for (let i = 0; i < 4; i++) {
      story.advance(10_000)
      story.send('ada', { text: `${i}` }, ['ada', 'bob'])
    }
    story.note('cyd', { what: 'recovers' })
    story.join('cyd', { link: 2, after: 5 })
    expect(sentences(story.end())).toEqual([])
  })

  test('at the end as well', () => {
    const story = good()
    for (let i = 0; i < 4; i++) {
      story.advance(10_000)
      story.send('ada', { text: `${i}` }, ['ada', 'bob'])
    }
    expect(kinds(story.end())).toEqual(['lost', 'silent'])
  })
})

describe('stuck', () => {
  test('said, and never acknowledged nor refused', () => {
    const story = good()
    story.note('ada', { what: 'says', op: 99, ...message, text: 'hm' })
    expect(sentences(story.end())).toEqual([
      `ada said their number 99 in ${ROOM}, and was never told what became of it.`,
    ])
  })

  test('nobody can tell whether it was said, although the log is there', () => {
    const story = good()
    story.note('ada', { what: 'doubtful', room: ROOM, clientId: 'id9' })
    const at = story.at
    const history = story.end()
    expect(kinds(history)).toEqual(['stuck'])
    const wipe = { at, who: 'chaos', what: 'fault', kind: 'redis flushed', on: 'redis', from: at, until: at } as const
    expect(kinds([...history, wipe])).toEqual([])
  })

  test('not settled, without an end, refused, or somebody else', () => {
    const story = good()
    story.note('ada', { what: 'condition', state: 'refused', code: 'token_expired' })
    story.note('bob', { what: 'refused', room: ROOM, code: 'not_admitted' })
    story.note('bob', { what: 'is', user: 'somebody' })
    story.note('ada', { what: 'ends', settled: false, waiting: 3 })
    story.note('bob', { what: 'ends', settled: true, waiting: 0 })
    expect(sentences(story.happenings)).toEqual([
      'ada was refused for good: token_expired.',
      `bob was sent away from ${ROOM}: not_admitted.`,
      'bob came back as somebody else.',
      'ada was never done: 3 things waited at the end.',
      'cyd has no end.',
    ])
  })
})

test('dead: a part of the cluster that ended by itself', () => {
  const story = good()
  story.note('chaos', { what: 'died', part: 'n2', how: 'ended with 1' })
  expect(sentences(story.end())).toEqual(['n2 ended with 1.'])
})

test('the evidence is the piece of the history that shows it', () => {
  const story = good()
  story.send('ada', { text: 'psst' }, ['ada', 'bob'])
  const history = story.end()
  const [violation] = check(history).violations
  const shown = evidence(history, violation!)
  expect(shown.length).toBeLessThan(12)
  expect(shown).toContainEqual(expect.objectContaining({ what: 'entry', entry: expect.objectContaining({ seq: 6 }) }))
})
