import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface JournalFileOptions {
  /** Created if it does not exist. */
  directory: string
  node: string
  /** The maximum size of a file in bytes. */
  maxBytes: number
  /** Called with a sentence when lines have to wait because the disk is full or slow, and once when that has ended. */
  onProblem(sentence: string): void
}

/** The number of rotated files that are kept per node: <node>.1.jsonl (newest) to <node>.4.jsonl. */
const OLD_FILES = 4
/** Files older than this are removed, also those of nodes that no longer exist. */
const OLD_FILES_DAYS = 30
const JOURNAL_FILE_NAME = /^[a-z0-9]{1,16}(\.[1-9])?\.jsonl$/

const BATCH_MS = 250
const BATCH_BYTES = 64 * 1024
/** The maximum size of the queue while the disk is slow or full; further lines are dropped. */
export const QUEUE_MAX_BYTES = 4 * 1024 * 1024
const RETRY_MS = 1_000
const CLOSE_TIMEOUT_MS = 2_000

/** A node's event log file. `add` never blocks: lines are written in the background, one batch at a time. */
export class JournalFile {
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #handle: FileHandle | undefined
  #bytes = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #closing = false
  #dropped = 0
  #hasProblem = false

  constructor(private readonly options: JournalFileOptions) {}

  add(line: string): void {
    const bytes = Buffer.from(`${line}\n`)
    if (this.#waitingBytes + bytes.length > QUEUE_MAX_BYTES) {
      this.#dropped++
      this.#reportProblem('The disk is slow: lines of the journal are dropped.')
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (!this.#closing) this.#timer ??= setTimeout(() => this.#write(), BATCH_MS)
  }

  /** Writes the queued lines and closes the file; gives up after CLOSE_TIMEOUT_MS for each of the two. */
  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#timer)
    const late = new AbortController()
    const written = async () => {
      await this.#writing
      await this.#writeAll(late.signal)
    }
    await Promise.race([written(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
    late.abort()
    await Promise.race([this.#handle?.close().catch(() => {}), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
  }

  #write(): void {
    this.#writing = this.#writeAll().then(() => {
      this.#writing = undefined
      this.#timer = undefined
      // Lines that were added meanwhile, or whose write failed.
      if (this.#waiting.length > 0 && !this.#closing) {
        this.#timer = setTimeout(() => this.#write(), this.#hasProblem ? RETRY_MS : BATCH_MS)
      }
    })
  }

  /** Writes batches until the queue is empty or a write fails. */
  async #writeAll(late?: AbortSignal): Promise<void> {
    try {
      while (this.#waiting.length > 0 && !late?.aborted) await this.#writeBatch()
      this.#reportRecovery()
    } catch (error) {
      this.#reportProblem(
        `The journal cannot be written (${error instanceof Error ? error.message : error}); lines wait.`,
      )
    }
  }

  async #writeBatch(): Promise<void> {
    let [count, bytes] = [0, 0]
    while (count < this.#waiting.length && bytes < BATCH_BYTES) bytes += this.#waiting[count++]!.length
    this.#handle ??= await this.#open()
    if (this.#bytes > 0 && this.#bytes + bytes > this.options.maxBytes) await this.#rotate()
    try {
      await this.#handle!.appendFile(Buffer.concat(this.#waiting.slice(0, count)))
    } catch (error) {
      // Removes a partial write; the whole batch is written again.
      await this.#handle!.truncate(this.#bytes).catch(() => {})
      throw error
    }
    this.#bytes += bytes
    this.#waiting.splice(0, count)
    this.#waitingBytes -= bytes
  }

  async #open(): Promise<FileHandle> {
    const { directory } = this.options
    await mkdir(directory, { recursive: true })
    await removeOldFiles(directory).catch(() => {})
    return this.#begin()
  }

  async #begin(): Promise<FileHandle> {
    const handle = await open(this.#path(), 'a')
    this.#bytes = (await handle.stat()).size
    return handle
  }

  async #rotate(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
    for (let age = OLD_FILES; age > 0; age--) {
      await rename(this.#path(age - 1), this.#path(age)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    }
    this.#handle = await this.#begin()
  }

  #path(age = 0): string {
    return join(this.options.directory, `${this.options.node}${age === 0 ? '' : `.${age}`}.jsonl`)
  }

  #reportProblem(sentence: string): void {
    if (this.#hasProblem) return
    this.#hasProblem = true
    this.options.onProblem(sentence)
  }

  #reportRecovery(): void {
    if (!this.#hasProblem) return
    this.#hasProblem = false
    const dropped = this.#dropped
    this.#dropped = 0
    this.options.onProblem(`The journal is written again; ${dropped} of its lines were dropped.`)
  }
}

async function removeOldFiles(directory: string): Promise<void> {
  const old = Date.now() - OLD_FILES_DAYS * 86_400_000
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    if (JOURNAL_FILE_NAME.test(name) && (await stat(path)).mtimeMs < old) await rm(path)
  }
}
