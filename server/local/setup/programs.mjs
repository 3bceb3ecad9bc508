import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runQuietly } from './running.mjs'
import { UserError } from './user-error.mjs'

/** Required programs: their possible file names, and their package in each package manager. */
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
    label: 'Python 3.11 or newer with venv',
    names: ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11'],
    // Debian's python3 package has venv but not ensurepip, which venv needs.
    works: (file) =>
      spawnSync(file, ['-c', 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))']).status === 0,
    debian: 'python3-venv',
    fedora: 'python3',
    brew: 'python',
  },
}

/**
 * Ensures that these programs are installed: installs missing ones if run as root on Debian or Ubuntu, otherwise throws a
 * UserError that says how to install them. `docker` is an alternative command that requires no installation.
 */
export async function ensurePrograms(names, { docker } = {}) {
  const missing = () => names.filter((name) => !findProgram(name))
  if (missing().length > 0 && isDebian() && process.getuid?.() === 0) await aptInstall(packages(missing(), 'debian'))
  const stillMissing = missing()
  if (stillMissing.length === 0) return
  const list = new Intl.ListFormat('en').format(stillMissing.map((name) => programs[name].label ?? name))
  throw new UserError(
    `${list} ${stillMissing.length > 1 ? 'are' : 'is'} missing: install with "apt-get install ${packages(stillMissing, 'debian')}" on Debian or Ubuntu, ` +
      `"dnf install ${packages(stillMissing, 'fedora')}" on Fedora, "brew install ${packages(stillMissing, 'brew')}" on macOS` +
      (docker ? `, or use Docker: ${docker}` : '.'),
  )
}

/** The path of a program of `programs`, or undefined. */
export function findProgram(name) {
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
  // Debian starts services when their package is installed. policy-rc.d prevents it, so that no nginx is left on port 80.
  const policy = '/usr/sbin/policy-rc.d'
  const createsPolicy = !existsSync(policy)
  if (createsPolicy) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await runQuietly([...apt, 'update'], { what: 'apt-get update', env })
    const install = [...apt, 'install', '--yes', '--no-install-recommends', ...names.split(' ')]
    await runQuietly(install, { what: `apt-get install ${names}`, env })
  } finally {
    if (createsPolicy) rmSync(policy, { force: true })
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
