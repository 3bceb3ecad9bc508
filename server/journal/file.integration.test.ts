import { mkdir, mkdtemp, open, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { JournalFile, QUEUE_MAX_BYTES } from './file.ts'

let directory: string
let troubles: string[]
let heard: () => void
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hubbub-logs-'))
  troubles = []
  heard = () => {}
})
afterEach(() => rm(directory, { recursive: true, force: true }))

function file({ maxBytes = 1_000_000, folder = directory } = {}): JournalFile {
  const onProblem = (sentence: string) => {
    troubles.push(sentence)
    heard()
  }
  return new JournalFile({ directory: folder, node: 'n1', maxBytes, onProblem })
}

async function troubled(times: number): Promise<void> {
  while (troubles.length < times) {
    await new Promise<void>((resolve) => {
      heard = resolve
    })
  }
}

const read = (name: string) => readFile(join(directory, name), 'utf8')

test('close writes every added line, in order', async () => {
  const journal = file()
  const lines = Array.from({ length: 5_000 }, (_, i) => `{"line":${i},"text":"ü😀"}`)
  for (const line of lines) journal.add(line)
  await journal.close()
  expect(await read('n1.jsonl')).toBe(`${lines.join('\n')}\n`)
  expect(troubles).toEqual([])
})

test('a restart appends to the existing file', async () => {
  for (const line of ['one', 'two']) {
    const journal = file()
    journal.add(line)
    await journal.close()
  }
  expect(await read('n1.jsonl')).toBe('one\ntwo\n')
})

test('a file is rotated at its maximum size; four old files are kept, and no line is split', async () => {
  const line = 'x'.repeat(999)
  for (let round = 0; round < 8; round++) {
    const journal = file({ maxBytes: 3_000 })
    for (let i = 0; i < 3; i++) journal.add(`${round}${line.slice(1)}`)
    await journal.close()
  }
  expect((await readdir(directory)).sort()).toEqual([
    'n1.1.jsonl',
    'n1.2.jsonl',
    'n1.3.jsonl',
    'n1.4.jsonl',
    'n1.jsonl',
  ])
  const rounds = []
  for (const name of ['n1.jsonl', 'n1.1.jsonl', 'n1.4.jsonl']) {
    const text = await read(name)
    expect(text).toHaveLength(3_000)
    rounds.push(text[0])
  }
  expect(rounds).toEqual(['7', '6', '3'])
})

test('a full disk is reported once; lines are queued up to a limit, then dropped and counted', async () => {
  // The old files cannot be rotated, so nothing can be written.
  for (const name of ['n1.jsonl', 'n1.3.jsonl']) await writeFile(join(directory, name), 'full of lines')
  await mkdir(join(directory, 'n1.4.jsonl', 'in the way'), { recursive: true })
  const journal = file({ maxBytes: 10 })
  journal.add('early')
  await troubled(1)
  expect(troubles[0]).toMatch(/cannot be written/)
  const line = 'y'.repeat(99_999)
  const fit = Math.floor((QUEUE_MAX_BYTES - 'early\n'.length) / 100_000)
  for (let i = 0; i < fit + 7; i++) journal.add(line)
  expect(troubles).toHaveLength(1)
  await rm(join(directory, 'n1.4.jsonl'), { recursive: true })
  await troubled(2)
  expect(troubles[1]).toMatch(/again; 7 of its lines were dropped/)
  await journal.close()
  expect(await read('n1.jsonl')).toBe(`${line}\n`)
  expect(troubles).toHaveLength(2)
})

test('a line that was written partially to a full disk is removed', async () => {
  const handles = await open(join(directory, 'probe'), 'a')
  const { appendFile } = Object.getPrototypeOf(handles)
  await handles.close()
  const half = jest.spyOn(Object.getPrototypeOf(handles), 'appendFile')
  half.mockImplementationOnce(async function (this: unknown, data: unknown) {
    await appendFile.call(this, (data as Buffer).subarray(0, 5))
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  })
  const journal = file()
  journal.add('a whole line')
  await troubled(2)
  await journal.close()
  half.mockRestore()
  expect(troubles[0]).toMatch(/ENOSPC/)
  expect(await read('n1.jsonl')).toBe('a whole line\n')
})

test('a folder that cannot be created does not block, and is created as soon as possible', async () => {
  const folder = join(directory, 'logs')
  await writeFile(folder, 'a file of that name')
  const journal = file({ folder })
  journal.add('line')
  await troubled(1)
  await rm(folder)
  await troubled(2)
  await journal.close()
  expect(await readFile(join(folder, 'n1.jsonl'), 'utf8')).toBe('line\n')
})

test('only old files of removed nodes are deleted', async () => {
  const long = new Date(Date.now() - 31 * 86_400_000)
  await mkdir(directory, { recursive: true })
  for (const name of ['gone.jsonl', 'gone.2.jsonl', 'lately.jsonl', 'people.json', 'My-Notes.jsonl']) {
    await writeFile(join(directory, name), '')
    if (name !== 'lately.jsonl') await utimes(join(directory, name), long, long)
  }
  const journal = file()
  journal.add('line')
  await journal.close()
  expect((await readdir(directory)).sort()).toEqual(['My-Notes.jsonl', 'lately.jsonl', 'n1.jsonl', 'people.json'])
})
