import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import { FaultError, unavailable } from '../../domain/fault-error.ts'
import { StartupError } from '../../domain/startup-error.ts'

export type Disk = ClassicLevel<string, unknown>

/** Opens the directory and creates it if necessary. Only one process at a time can open a directory. */
export async function openDisk(directory: string): Promise<Disk> {
  try {
    await mkdir(directory, { recursive: true })
    const disk: Disk = new ClassicLevel<string, unknown>(directory, { valueEncoding: 'json' })
    await disk.open()
    return disk
  } catch (error) {
    const sentence =
      codeOf(error) === 'LEVEL_LOCKED'
        ? `The data directory ${directory} is in use by another process. Stop that process, or set DATA_DIR to another directory.`
        : `The data directory ${directory} cannot be opened (${causeOf(error)}). Fix the cause, or set DATA_DIR to another directory.`
    throw new StartupError(sentence, { cause: error })
  }
}

/** The error for the caller of a failed call: faults stay, disk failures become `unavailable`, bugs stay bugs. */
export function toFault(error: unknown): unknown {
  if (error instanceof FaultError) return error
  return codeOf(error)?.startsWith('LEVEL_') ? unavailable() : error
}

/**
 * Resolves with the result, or rejects as `unavailable` if the disk fails or does not answer within STORE_TIMEOUT_MS.
 */
export async function withTimeout<T>(call: Promise<T>): Promise<T> {
  let late: NodeJS.Timeout | undefined
  const patience = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(unavailable()), STORE_TIMEOUT_MS)
  })
  try {
    return await Promise.race([call, patience])
  } catch (error) {
    throw toFault(error)
  } finally {
    clearTimeout(late)
  }
}

/** Whether the disk is full. LevelDB passes on the operating system's message, but no code. */
export const isFull = (error: unknown): boolean => /No space left|Disk quota exceeded/.test(causeOf(error))

/** Opening LevelDB writes its log out as a table (4 MB), and creates a new log and a manifest. */
const REOPEN_BYTES = 8 * 1024 * 1024

/** Rejects while the disk has too little space to close and reopen the directory. */
export async function reserveSpace(directory: string): Promise<void> {
  const file = join(directory, 'space.probe')
  try {
    await writeFile(file, Buffer.alloc(REOPEN_BYTES), { flush: true } as object)
  } finally {
    await rm(file, { force: true })
  }
}

const codeOf = (error: unknown): string | undefined => {
  const { code } = innermost(error)
  return typeof code === 'string' ? code : undefined
}
export const causeOf = (error: unknown): string => String(innermost(error).message ?? error)

/** The innermost cause. Checked by shape, since errors of native code need not be instances of this realm's `Error`. */
function innermost(error: unknown): { code?: unknown; message?: unknown } {
  if (typeof error !== 'object' || error === null) return {}
  return 'cause' in error && error.cause ? innermost(error.cause) : error
}
