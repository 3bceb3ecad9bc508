import { readFileSync } from 'node:fs'
import { ROOT, runQuietly } from './running.mjs'
import { UserError } from './user-error.mjs'

/** Installs the packages of package-lock.json unless all of them are installed. */
export async function ensureDependencies() {
  if (installed()) return
  console.log('Installing the dependencies …')
  // npm passes its own path to scripts (npm_execpath), which is right even if another npm comes first in PATH.
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  try {
    await runQuietly([...npm, 'ci', '--no-progress'], { what: 'npm ci', silent: true })
  } catch {
    // Some versions of npm reject a lockfile without the optional packages of other platforms. `npm install` installs the
    // same versions and, with --no-save, does not change the lockfile.
    await runQuietly([...npm, 'install', '--no-save', '--no-progress'], { what: 'npm install' })
  }
  if (!installed())
    throw new UserError('package.json and package-lock.json are out of sync; run npm install and commit both.')
}

/** npm writes node_modules/.package-lock.json last. Optional packages may be missing, since they may be for other platforms. */
function installed() {
  const installedPackages = packages('node_modules/.package-lock.json')
  return Object.entries(packages('package-lock.json')).every(
    ([path, wanted]) => path === '' || wanted.optional || installedPackages[path]?.version === wanted.version,
  )
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(ROOT + file, 'utf8')).packages
  } catch {
    return {}
  }
}
