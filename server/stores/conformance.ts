import { describe } from '@jest/globals'
import { appending } from './conformance/appending.ts'
import { archive } from './conformance/archive.ts'
import { bounds } from './conformance/bounds.ts'
import { type Cluster, threeNodes } from './conformance/cluster.ts'
import { content } from './conformance/content.ts'
import { dedupe } from './conformance/dedupe.ts'
import { deletion } from './conformance/deletion.ts'
import { following } from './conformance/following.ts'
import { life } from './conformance/life.ts'
import { matches } from './conformance/matches.ts'
import { nodes } from './conformance/nodes.ts'
import { people } from './conformance/people.ts'
import { reading } from './conformance/reading.ts'
import { roomDirectory } from './conformance/room-directory.ts'
import { rooms } from './conformance/rooms.ts'
import { roster } from './conformance/roster.ts'
import { trimming } from './conformance/trimming.ts'
import { unread } from './conformance/unread.ts'

export type { Cluster } from './conformance/cluster.ts'

/**
 * Tests a store against the contract in domain/ports.ts. `open` is called once; its nodes share one state, which other
 * tests may use at the same time: every test uses its own rooms and users.
 */
export function conformance(name: string, open: () => Promise<Cluster>): void {
  describe(`${name} fulfills the contract of ports.ts`, () => {
    const three = threeNodes(open)
    describe('Store', () => life(three))
    describe('RoomLog', () => {
      describe('append', () => appending(three))
      describe('deduplication', () => dedupe(three))
      describe('deletion', () => deletion(three))
      describe('content', () => content(three))
      describe('bounds', () => bounds(three))
      describe('trimming', () => trimming(three))
      describe('read', () => reading(three))
      describe('follow', () => following(three))
    })
    describe('Roster', () => roster(three))
    describe('RoomDirectory', () => {
      describe('list', () => rooms(three))
      describe('sorting, search and changes', () => roomDirectory(three))
      describe('read marks', () => unread(three))
    })
    describe('Matches', () => matches(three))
    describe('People', () => people(three))
    describe('Nodes and Secrets', () => nodes(three))
    describe('Archive', () => archive(three))
  })
}
