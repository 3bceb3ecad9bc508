import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { StartupError } from '../domain/startup-error.ts'
import { redisCommand } from './redis-client.ts'

/** Time for the processes of a killed launcher to end: their drain and some margin. */
const SHUTDOWN_WAIT_MS = 8_000

/**
 * Claims the folder for a Redis on `port`. Two Redis processes on one folder would corrupt each other's file, and Redis
 * does not lock it. Therefore the folder contains the port of the last Redis, and this function waits until that one no
 * longer serves the folder. Throws a StartupError after SHUTDOWN_WAIT_MS.
 */
export async function claimDataFolder(folder: string, port: number): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const portFile = join(folder, 'redis.port')
  const lastPort = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0
  const deadline = Date.now() + SHUTDOWN_WAIT_MS
  while (lastPort > 0 && (await servesFrom(lastPort, folder))) {
    if (Date.now() > deadline) {
      throw new StartupError(`Another cluster is using ${folder}; stop it first, or choose another folder with --data.`)
    }
    await delay(100)
  }
  writeFileSync(portFile, `${port}\n`)
}

async function servesFrom(port: number, folder: string): Promise<boolean> {
  const answer = await redisCommand(port, 'CONFIG GET dir')
  return answer?.includes(`\r\n${folder}\r\n`) ?? false
}
