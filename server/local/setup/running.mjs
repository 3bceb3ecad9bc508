import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Sentence } from './sentence.mjs'

/** The root of the repository, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** The arguments that run a program of a dependency with this same Node. */
export const bin = (path) => [process.execPath, `${ROOT}node_modules/${path}`]

/**
 * Runs a program at the terminal, in the root. Signals are passed on, so that it ends when we are asked to end.
 * Resolves to its exit code.
 */
export function run([command, ...args], env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } })
    const passOn = (signal) => child.kill(signal)
    for (const signal of SIGNALS) process.on(signal, passOn)
    child.once('error', (error) => reject(new Sentence(`${command} does not start: ${error.message}`)))
    child.once('close', (code, signal) => {
      for (const name of SIGNALS) process.off(name, passOn)
      resolve(code ?? 128 + constants.signals[signal])
    })
  })
}

/** Runs a program without a word; what it said is shown only when it fails, and not even then when `silent`. */
export function runQuietly([command, ...args], { what, env = {}, silent = false }) {
  return new Promise((resolve, reject) => {
    const said = []
    const stdio = ['ignore', 'pipe', 'pipe']
    const child = spawn(command, args, { cwd: ROOT, stdio, env: { ...process.env, ...env } })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk))
    child.once('error', (error) => reject(new Sentence(`${what} failed: ${error.message}`)))
    child.once('close', (code) => {
      if (code === 0) return resolve()
      if (!silent) process.stderr.write(Buffer.concat(said))
      reject(new Sentence(`${what} failed; what it said stands above.`))
    })
  })
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
