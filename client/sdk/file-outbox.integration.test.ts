import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { FileOutbox, LETTER_FILE_MOST } from './file-outbox.ts'
import type { PendingCommand } from './pending-command.ts'

const letter = (text: string): PendingCommand => ({
  command: 'message:send',
  input: { room: 'lobby', text, clientId: `id-${text}` },
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hubbub-letters-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('letters in a file', () => {
  test('outlive the process, in order', () => {
    const path = join(folder, 'letters.json')
    const before = new FileOutbox(path)
    for (const text of ['a', 'b', 'c']) before.put(letter(text))
    before.put({ ...letter('a'), doubtful: true })
    before.drop(letter('b'))
    expect(new FileOutbox(path).all()).toEqual([{ ...letter('a'), doubtful: true }, letter('c')])
    expect(readdirSync(folder)).toEqual(['letters.json'])
  })

  test('have a bound', () => {
    const path = join(folder, 'letters.json')
    writeFileSync(path, JSON.stringify(Array.from({ length: LETTER_FILE_MOST }, (_, i) => letter(`${i}`))))
    const letters = new FileOutbox(path)
    expect(() => letters.put(letter('more'))).toThrow('letters wait already')
    expect(() => letters.put(letter('0'))).not.toThrow()
  })

  test('a file that cannot be written throws, and one that is something else is left alone', () => {
    expect(() => new FileOutbox(join(folder, 'nowhere', 'letters.json')).put(letter('a'))).toThrow('ENOENT')
    writeFileSync(join(folder, 'odd.json'), 'odd')
    expect(() => new FileOutbox(join(folder, 'odd.json'))).toThrow()
  })
})
