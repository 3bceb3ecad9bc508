import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface JournalFileOptions {
  /** Made if need be. */
  directory: string
  node: string
  /** A file is at most this large. */
  maxBytes: number
  /** Hears, once each time, that lines wait because the disk is full or slow, and how it ended. */
  onProblem(sentence: string): void
}

/** Files of a node: <node>.jsonl is written, and <node>.1.jsonl to this one, the oldest, are kept. */
const OLD_FILES = 4
/** Of nodes that are gone for good, and had other names. */
const OLD_FILES_DAYS = 30
const JOURNAL_FILE_NAME = /^[a-z0-9]{1,16}(\.[1-9])?\.jsonl$/

const BATCH_MS = 250
const BATCH_BYTES = 64 * 1024
/** What waits for a disk that is slow or full; beyond, lines are dropped. */
export const QUEUE_MAX_BYTES = 4 * 1024 * 1024
const RETRY_MS = 1_000
const CLOSE_TIMEOUT_MS = 2_000

/** A node's file of lines. Adding one never waits: it is written in the background, one batch at a time. */
export class JournalFile {
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #handle: FileHandle | undefined
  #bytes = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #closing = false
  #dropped = 0
  #troubled = false

  constructor(private readonly options: JournalFileOptions) {}

  add(line: string): void {
    const bytes = Buffer.from(`${line}\n`)
    if (this.#waitingBytes + bytes.length > QUEUE_MAX_BYTES) {
      this.#dropped++
      this.#tell('The disk is slow: lines of the journal are dropped.')
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (!this.#closing) this.#timer ??= setTimeout(() => this.#write(), BATCH_MS)
  }

  /** Writes what waits, as far as the disk takes it within two seconds. */
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
      // What came meanwhile, or is to be tried again.
      if (this.#waiting.length > 0 && !this.#closing) {
        this.#timer = setTimeout(() => this.#write(), this.#troubled ? RETRY_MS : BATCH_MS)
      }
    })
  }

  /** Until nothing waits, or it does not work. */
  async #writeAll(late?: AbortSignal): Promise<void> {
    try {
      while (this.#waiting.length > 0 && !late?.aborted) await this.#writeBatch()
      this.#recovered()
    } catch (error) {
      this.#tell(`The journal cannot be written (${error instanceof Error ? error.message : error}); lines wait.`)
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
      // No half a line is left behind; all of them are written again.
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

  #tell(sentence: string): void {
    if (this.#troubled) return
    this.#troubled = true
    this.options.onProblem(sentence)
  }

  #recovered(): void {
    if (!this.#troubled) return
    this.#troubled = false
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
