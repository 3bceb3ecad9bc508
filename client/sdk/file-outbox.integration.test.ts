import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { FileOutbox, MAX_FILE_COMMANDS } from './file-outbox.ts'
import type { PendingCommand } from './pending-command.ts'

const pending = (text: string): PendingCommand => ({
  command: 'message:send',
  input: { room: 'lobby', text, clientId: `id-${text}` },
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hubbub-outbox-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('file outbox', () => {
  test('keeps commands in order across restarts', () => {
    const path = join(folder, 'outbox.json')
    const before = new FileOutbox(path)
    for (const text of ['a', 'b', 'c']) before.put(pending(text))
    before.put({ ...pending('a'), doubtful: true })
    before.drop(pending('b'))
    expect(new FileOutbox(path).all()).toEqual([{ ...pending('a'), doubtful: true }, pending('c')])
    expect(readdirSync(folder)).toEqual(['outbox.json'])
  })

  test('throws when its limit is reached', () => {
    const path = join(folder, 'outbox.json')
    writeFileSync(path, JSON.stringify(Array.from({ length: MAX_FILE_COMMANDS }, (_, i) => pending(`${i}`))))
    const outbox = new FileOutbox(path)
    expect(() => outbox.put(pending('more'))).toThrow('The outbox is full')
    expect(() => outbox.put(pending('0'))).not.toThrow()
  })

  test('throws when the file cannot be written, and does not overwrite one that is not JSON', () => {
    expect(() => new FileOutbox(join(folder, 'nowhere', 'outbox.json')).put(pending('a'))).toThrow('ENOENT')
    writeFileSync(join(folder, 'odd.json'), 'odd')
    expect(() => new FileOutbox(join(folder, 'odd.json'))).toThrow()
  })
})
