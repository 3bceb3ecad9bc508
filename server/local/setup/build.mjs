import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { bin, ROOT, runQuietly } from './running.mjs'

export const tsc = [...bin('typescript/bin/tsc'), '-p', 'tsconfig.build.json']
export const vite = [...bin('vite/bin/vite.js'), 'build', 'client/web', '--outDir', `${ROOT}dist/page`, '--emptyOutDir']
export const hasPage = () => existsSync(`${ROOT}client/web/vite.config.ts`)

const SETTINGS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']

/** Builds the server and the browser client if they are older than their sources. */
export async function ensureBuilt() {
  await buildIfStale('the server', tsc, 'dist/.server', [
    'protocol',
    'server',
    'client/sdk',
    'client/terminal',
    'client/events',
    'client/pictures',
    'loadtest',
  ])
  if (hasPage())
    await buildIfStale('the browser client', [...vite, '--logLevel', 'warn'], 'dist/.page', ['protocol', 'client'])
}

async function buildIfStale(name, command, stamp, sources) {
  // Taken before the build, so that files changed during the build count as newer.
  const startedAt = new Date()
  if (modified(stamp) >= Math.max(...[...sources, ...SETTINGS].map(newest))) return
  // Removed first, so that an interrupted build does not count as complete.
  rmSync(ROOT + stamp, { force: true })
  console.log(`Building ${name} …`)
  await runQuietly(command, { what: `Building ${name}` })
  mkdirSync(`${ROOT}dist`, { recursive: true })
  writeFileSync(ROOT + stamp, '')
  utimesSync(ROOT + stamp, startedAt, startedAt)
}

/** Latest modification time of a file, or of a folder and everything in it, in Unix milliseconds. A folder's own time covers deletions. */
function newest(path) {
  const time = modified(path)
  if (time === 0 || !statSync(ROOT + path).isDirectory()) return time
  const children = readdirSync(ROOT + path).filter((name) => !name.startsWith('.') && name !== 'node_modules')
  return Math.max(time, ...children.map((name) => newest(`${path}/${name}`)))
}

const modified = (path) => (existsSync(ROOT + path) ? statSync(ROOT + path).mtimeMs : 0)
