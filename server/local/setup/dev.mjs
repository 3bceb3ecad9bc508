import { spawn } from 'node:child_process'
import { hasPage, tsc, vite } from './build.mjs'
import { ROOT } from './running.mjs'

/** Rebuilds the server and the browser client on each change and restarts the server. If one process ends, all end. */
export async function dev() {
  const commands = [
    [...tsc, '--watch', '--preserveWatchOutput'],
    ...(hasPage() ? [[...vite, '--watch', '--logLevel', 'warn']] : []),
    [process.execPath, '--watch', '--watch-preserve-output', 'dist/server/local/start.js'],
  ]
  const children = commands.map(([command, ...args]) => spawn(command, args, { cwd: ROOT, stdio: 'inherit' }))
  const endAll = () => {
    for (const child of children) child.kill('SIGTERM')
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, endAll)
  await Promise.all(
    children.map(
      (child) =>
        new Promise((ended) => {
          child.once('exit', () => {
            endAll()
            ended()
          })
        }),
    ),
  )
}
