import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { StartupError } from '../domain/startup-error.ts'
import { redisCommand } from './redis-client.ts'

/** What a killed launcher leaves behind takes up to its drain and a little more to end. */
const SHUTDOWN_WAIT_MS = 8_000

/**
 * Makes the folder ready for a Redis on `port`. Two on one folder would ruin each other's file, and Redis does not
 * look: so the last one's port is kept there, and one that still answers from this folder is waited for.
 */
export async function claimDataFolder(folder: string, port: number): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const note = join(folder, 'redis.port')
  const last = existsSync(note) ? Number(readFileSync(note, 'utf8')) : 0
  const deadline = Date.now() + SHUTDOWN_WAIT_MS
  while (last > 0 && (await servesFrom(last, folder))) {
    if (Date.now() > deadline) {
      throw new StartupError(
        `A cluster is running on ${folder}; end that one first, or choose another folder with --data.`,
      )
    }
    await delay(100)
  }
  writeFileSync(note, `${port}\n`)
}

async function servesFrom(port: number, folder: string): Promise<boolean> {
  const answer = await redisCommand(port, 'CONFIG GET dir')
  return answer?.includes(`\r\n${folder}\r\n`) ?? false
}
