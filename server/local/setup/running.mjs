import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { UserError } from './user-error.mjs'

/** Root of the repository, with a trailing slash. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Command line that runs a script of a dependency with this Node. */
export const bin = (path) => [process.execPath, `${ROOT}node_modules/${path}`]

/**
 * Runs a program in the repository root with inherited stdio, and forwards SIGINT, SIGTERM and SIGHUP to it. Resolves to
 * its exit code (128 + signal number if a signal killed it).
 */
export function run([command, ...args], env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } })
    const forward = (signal) => child.kill(signal)
    for (const signal of SIGNALS) process.on(signal, forward)
    child.once('error', (error) => reject(new UserError(`${command} failed to start: ${error.message}`)))
    child.once('close', (code, signal) => {
      for (const name of SIGNALS) process.off(name, forward)
      resolve(code ?? 128 + constants.signals[signal])
    })
  })
}

/** Runs a program and shows its output only if it fails and `silent` is not set. `what` names the program in the error. */
export function runQuietly([command, ...args], { what, env = {}, silent = false }) {
  return new Promise((resolve, reject) => {
    const output = []
    const stdio = ['ignore', 'pipe', 'pipe']
    const child = spawn(command, args, { cwd: ROOT, stdio, env: { ...process.env, ...env } })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk))
    child.once('error', (error) => reject(new UserError(`${what} failed: ${error.message}`)))
    child.once('close', (code) => {
      if (code === 0) return resolve()
      if (!silent) process.stderr.write(Buffer.concat(output))
      reject(new UserError(`${what} failed; its output is above.`))
    })
  })
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
