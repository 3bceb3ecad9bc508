import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { bin, ROOT, runQuietly } from './running.mjs'

export const tsc = [...bin('typescript/bin/tsc'), '-p', 'tsconfig.build.json']
export const vite = [...bin('vite/bin/vite.js'), 'build', 'client/web', '--outDir', `${ROOT}dist/page`, '--emptyOutDir']
export const hasPage = () => existsSync(`${ROOT}client/web/vite.config.ts`)

const SETTINGS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']

/** Builds what is older than its sources: the server, and the page. */
export async function ensureBuilt() {
  await make('the server', tsc, 'dist/.server', [
    'protocol',
    'server',
    'client/sdk',
    'client/terminal',
    'client/events',
    'client/pictures',
    'loadtest',
  ])
  if (hasPage()) await make('the page', [...vite, '--logLevel', 'warn'], 'dist/.page', ['protocol', 'client'])
}

async function make(what, command, stamp, sources) {
  // Taken before the build, so that what changes while it runs counts as newer.
  const begun = new Date()
  if (modified(stamp) >= Math.max(...[...sources, ...SETTINGS].map(newest))) return
  // Without this an interrupted build would pass for a finished one.
  rmSync(ROOT + stamp, { force: true })
  console.log(`Building ${what} …`)
  await runQuietly(command, { what: `Building ${what}` })
  mkdirSync(`${ROOT}dist`, { recursive: true })
  writeFileSync(ROOT + stamp, '')
  utimesSync(ROOT + stamp, begun, begun)
}

/** When a file, or anything in a folder, was last changed, in Unix milliseconds; a folder's own time shows what was deleted. */
function newest(path) {
  const time = modified(path)
  if (time === 0 || !statSync(ROOT + path).isDirectory()) return time
  const inside = readdirSync(ROOT + path).filter((name) => !name.startsWith('.') && name !== 'node_modules')
  return Math.max(time, ...inside.map((name) => newest(`${path}/${name}`)))
}

const modified = (path) => (existsSync(ROOT + path) ? statSync(ROOT + path).mtimeMs : 0)
