import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runQuietly } from './running.mjs'
import { Sentence } from './sentence.mjs'

/** What Hubbub needs from the system: under which names it is found, and what the package is called where. */
const programs = {
  redis: { names: ['redis-server'], debian: 'redis-server', fedora: 'redis', brew: 'redis' },
  nginx: { names: ['nginx'], debian: 'nginx', fedora: 'nginx', brew: 'nginx' },
  curl: { names: ['curl'], debian: 'curl', fedora: 'curl', brew: 'curl' },
  chromium: {
    names: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ],
    debian: 'chromium',
    fedora: 'chromium',
    brew: '--cask chromium',
  },
  python: {
    called: 'Python 3.11 or newer with venv',
    names: ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11'],
    // Debian's python3 has venv, but nothing to put into one.
    works: (file) =>
      spawnSync(file, ['-c', 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))']).status === 0,
    debian: 'python3-venv',
    fedora: 'python3',
    brew: 'python',
  },
}

/**
 * Sees to it that the system has these programs: finds them on PATH, or installs them as root on Debian or Ubuntu, or
 * throws one sentence that says how to. `docker` is the way without installing anything, where there is one.
 */
export async function ensurePrograms(names, { docker } = {}) {
  const missing = () => names.filter((name) => !whereIs(name))
  if (missing().length > 0 && isDebian() && process.getuid?.() === 0) await aptInstall(packages(missing(), 'debian'))
  const still = missing()
  if (still.length === 0) return
  const list = new Intl.ListFormat('en').format(still.map((name) => programs[name].called ?? name))
  throw new Sentence(
    `${list} ${still.length > 1 ? 'are' : 'is'} missing: install with "apt-get install ${packages(still, 'debian')}" on Debian or Ubuntu, ` +
      `"dnf install ${packages(still, 'fedora')}" on Fedora, "brew install ${packages(still, 'brew')}" on macOS` +
      (docker ? `, or use Docker: ${docker}` : '.'),
  )
}

/** The path of a program of the table above, or undefined. */
export function whereIs(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const { names, works = () => true } = programs[name]
  const files = names.flatMap((file) => (file.startsWith('/') ? [file] : folders.map((folder) => join(folder, file))))
  return files.find((file) => executable(file) && works(file))
}

const packages = (names, system) => names.map((name) => programs[name][system]).join(' ')

async function aptInstall(names) {
  console.log(`Installing ${names.replaceAll(' ', ', ')} …`)
  const apt = ['apt-get', '-qq', '-o', 'Dpkg::Use-Pty=0']
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  // Debian starts a service when its package is installed; we run our own, and nothing is to stay behind on port 80.
  const policy = '/usr/sbin/policy-rc.d'
  const ours = !existsSync(policy)
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await runQuietly([...apt, 'update'], { what: 'apt-get update', env })
    const install = [...apt, 'install', '--yes', '--no-install-recommends', ...names.split(' ')]
    await runQuietly(install, { what: `apt-get install ${names}`, env })
  } finally {
    if (ours) rmSync(policy, { force: true })
  }
}

function isDebian() {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

function executable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
