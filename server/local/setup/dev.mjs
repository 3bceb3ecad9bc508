import { spawn } from 'node:child_process'
import { hasPage, tsc, vite } from './build.mjs'
import { ROOT } from './running.mjs'

/** Server and page are built anew upon each change, and the server is started anew; all end together. */
export async function dev() {
  const parts = [
    [...tsc, '--watch', '--preserveWatchOutput'],
    ...(hasPage() ? [[...vite, '--watch', '--logLevel', 'warn']] : []),
    [process.execPath, '--watch', '--watch-preserve-output', 'dist/server/local/start.js'],
  ]
  const children = parts.map(([command, ...args]) => spawn(command, args, { cwd: ROOT, stdio: 'inherit' }))
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
