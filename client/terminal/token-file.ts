import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { TokenStorage } from '../sdk/identity.ts'

/** A guest's token in a file that only the owner can read, since the token is the guest's only credential. */
export class TokenFile implements TokenStorage {
  readonly path: string

  constructor(url: string, name: string, env: NodeJS.ProcessEnv) {
    // The XDG specification says that relative paths must be ignored.
    const state = env.XDG_STATE_HOME && isAbsolute(env.XDG_STATE_HOME) ? env.XDG_STATE_HOME : undefined
    const folder = join(state ?? join(homedir(), '.local', 'state'), 'hubbub')
    const hash = createHash('sha256').update(`${url}\n${name}`).digest('hex').slice(0, 8)
    const readable = `${new URL(url).host}-${name}`.replace(/[^A-Za-z0-9.]+/g, '-').slice(0, 60)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.path = join(folder, `${readable}-${hash}.token`)
  }

  getItem(): string | null {
    try {
      return readFileSync(this.path, 'utf8').trim() || null
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }

  setItem(_: string, token: string): void {
    // Deleted first, so that the new file has this mode.
    this.removeItem()
    writeFileSync(this.path, `${token}\n`, { mode: 0o600, flag: 'wx' })
  }

  removeItem(): void {
    rmSync(this.path, { force: true })
  }
}
