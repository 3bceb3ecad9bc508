import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import { FaultError, unavailable } from '../../domain/fault-error.ts'
import { StartupError } from '../../domain/startup-error.ts'

export type Disk = ClassicLevel<string, unknown>

/** Opens the directory, making it if need be. A directory belongs to one process at a time. */
export async function openDisk(directory: string): Promise<Disk> {
  try {
    await mkdir(directory, { recursive: true })
    const disk: Disk = new ClassicLevel<string, unknown>(directory, { valueEncoding: 'json' })
    await disk.open()
    return disk
  } catch (error) {
    const sentence =
      codeOf(error) === 'LEVEL_LOCKED'
        ? `The data directory ${directory} is in use by another process. Stop that one, or set DATA_DIR to another directory.`
        : `The data directory ${directory} cannot be opened (${causeOf(error)}). Mend that, or set DATA_DIR to another directory.`
    throw new StartupError(sentence, { cause: error })
  }
}

/** What a caller is told of a failed call: rules pass, the disk's failures become `unavailable`, bugs stay bugs. */
export function toFault(error: unknown): unknown {
  if (error instanceof FaultError) return error
  return codeOf(error)?.startsWith('LEVEL_') ? unavailable() : error
}

/** The answer, or `unavailable` when the disk fails or takes too long. */
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

/** Does LevelDB say so? It passes on the operating system's words and no code. */
export const isFull = (error: unknown): boolean => /No space left|Disk quota exceeded/.test(causeOf(error))

/** Opening LevelDB writes its journal out as a table (4 MB) and begins another, with a manifest. */
const REOPEN_BYTES = 8 * 1024 * 1024

/** Rejects while the disk has no room to close the directory and open it again. */
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

/** The cause of the cause … By shape, as an error of native code need not be an `Error` of ours. */
function innermost(error: unknown): { code?: unknown; message?: unknown } {
  if (typeof error !== 'object' || error === null) return {}
  return 'cause' in error && error.cause ? innermost(error.cause) : error
}
