import { readFileSync } from 'node:fs'
import { ROOT, runQuietly } from './running.mjs'
import { Sentence } from './sentence.mjs'

/** Installs what package-lock.json names, unless it is all there. */
export async function ensureDependencies() {
  if (installed()) return
  console.log('Installing the dependencies …')
  // npm tells its scripts where it is itself, which is right even when another npm comes first on PATH.
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  try {
    await runQuietly([...npm, 'ci', '--no-progress'], { what: 'npm ci', silent: true })
  } catch {
    // Some versions of npm refuse a lock that does not name the optional packages of every other kind of machine.
    // This installs the same versions from it and leaves it as it is.
    await runQuietly([...npm, 'install', '--no-save', '--no-progress'], { what: 'npm install' })
  }
  if (!installed())
    throw new Sentence('package.json and package-lock.json do not agree; run npm install, and commit both.')
}

/** npm leaves a copy of the lock as the last thing it does; what is optional may be for another kind of machine. */
function installed() {
  const there = packages('node_modules/.package-lock.json')
  return Object.entries(packages('package-lock.json')).every(
    ([path, wanted]) => path === '' || wanted.optional || there[path]?.version === wanted.version,
  )
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(ROOT + file, 'utf8')).packages
  } catch {
    return {}
  }
}
