import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from '@jest/globals'

/** Words that were private language, with the term of the field that replaced each. */
const identifiers: Record<string, string> = {
  Refusal: 'FaultError',
  CannotStart: 'StartupError',
  Turns: 'SerialQueue',
  Rounds: 'Coalescer',
  Pace: 'TokenBucket',
  Paces: 'RateLimiter',
  Lanes: 'ConcurrencyLimit',
  Telling: 'PresenceBroadcast',
  RoomView: 'RoomPresence',
  Hosting: 'RoomRegistry',
  Attendance: 'LocalPresence',
  Letter: 'PendingCommand',
  TabLetters: 'LocalStorageOutbox',
  LetterFile: 'FileOutbox',
  Seeker: 'MatchClient',
  RoomBook: 'RoomDirectoryStore',
  House: 'RoomDeps',
  Desk: 'Deps',
  Swarm: 'StormClients',
  Blow: 'ClusterFault',
  Jolt: 'ClientFault',
}

/** Phrases in comments that make a reader stop, with what to write. */
const phrases: Record<string, string> = {
  anew: 'again',
  'in vain': 'without success',
  'so many of': 'up to N of',
  'somebody who': 'a user who',
  'is told': 'receives',
  'are told': 'receive',
  'was told': 'received',
  'at hand': 'in memory',
}

/** File names that mean the same in each folder that has one. */
const shared = new Set(
  [
    // Entry points and what every tool has.
    ['main.ts', 'flags.ts', 'run.ts', 'table.ts', 'progress.ts', 'page.ts', 'worker.ts', 'pool.ts', 'messages.ts'],
    ['outcome.ts', 'results.ts', 'plan.ts', 'schedule.ts', 'stage.ts', 'save-results.ts', 'document.ts', 'verdict.ts'],
    ['measure.ts', 'workload.ts', 'usage.ts', 'arguments.ts', 'figures.ts', 'report.ts', 'format.ts', 'demo.ts'],
    ['virtual-user.ts', 'cluster.ts', 'keys.ts', 'storm.ts', 'stress.ts', 'traffic.ts'],
    // One for each client, store or dialect.
    ['client.ts', 'connection.ts', 'client-events.ts', 'session.ts', 'status.ts', 'send.ts', 'rooms.ts', 'users.ts'],
    [
      'room-list.ts',
      'typing.ts',
      'presence.ts',
      'outbox.ts',
      'match.ts',
      'strangers.ts',
      'events.ts',
      'json.ts',
      'text.ts',
    ],
    ['adapter.ts', 'archive.ts', 'append.ts', 'lease.ts', 'log.ts', 'matches.ts', 'nodes.ts', 'people.ts', 'read.ts'],
    ['retry.ts', 'roster.ts', 'room-changes.ts', 'room-directory.ts', 'secrets.ts', 'shared-counters.ts', 'store.ts'],
    ['open-room.ts', 'result.ts', 'commands.ts', 'faults.ts', 'limits.ts', 'socket.ts', 'auth.ts', 'main.tsx'],
    ['reading.ts', 'metrics.ts', 'unread.ts', 'token-bucket.ts'],
    ['deletion.ts', 'dispatch.ts', 'histogram.ts', 'line-chart.ts', 'admin-token.ts', 'stream.ts', 'talk.ts'],
  ].flat(),
)

const root = join(import.meta.dirname, '..')
const files = ['protocol', 'server', 'client', 'loadtest', 'nginx']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  )
  .filter((file) => /\.tsx?$/.test(file) && !file.includes('node_modules') && file !== 'server/vocabulary.test.ts')

const lines = files.flatMap((file) =>
  readFileSync(join(root, file), 'utf8')
    .split('\n')
    .map((text, i) => ({ at: `${file}:${i + 1}`, text })),
)

test('sources use the terms of the field', () => {
  expect(files.length).toBeGreaterThan(500)
  const pattern = new RegExp(`\\b(?:${Object.keys(identifiers).join('|')})\\b`)
  const found = lines.flatMap(({ at, text }) => {
    const [word] = pattern.exec(text.replace(/'[^']*'|`[^`]*`/g, '')) ?? []
    return word && !/^\s*(?:\/\/|\*|\/\*)/.test(text) ? [`${at}: ${word}, write ${identifiers[word]}`] : []
  })
  expect(found).toEqual([])
})

test('comments are plain technical English', () => {
  const pattern = new RegExp(`\\b(?:${Object.keys(phrases).join('|')})\\b`, 'i')
  const found = lines.flatMap(({ at, text }) => {
    const [, comment] = /^\s*(?:\/\/|\/?\*+)(.*)$/.exec(text) ?? []
    const [phrase] = pattern.exec(comment ?? '') ?? []
    return phrase ? [`${at}: "${phrase}", write ${phrases[phrase.toLowerCase()]}`] : []
  })
  expect(found).toEqual([])
})

test('two files have one name only where they mean the same', () => {
  const names = files.filter((file) => !file.includes('.test.')).map((file) => basename(file))
  const twice = names.filter((name, i) => names.indexOf(name) !== i && !shared.has(name))
  expect([...new Set(twice)]).toEqual([])
})
