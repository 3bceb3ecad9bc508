import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { ensurePrograms, whereIs } from './programs.mjs'
import { ROOT, run, runQuietly } from './running.mjs'

const VENV = `${ROOT}loadtest/.venv`
const PYTHON = `${VENV}/bin/python`
const REQUIREMENTS = `${ROOT}loadtest/requirements.txt`

/**
 * Locust without its page, in a virtual environment of its own: npm run locust -- --users 50 --time 20s --transport polling
 * `--time` is Locust's --run-time; every other argument goes to Locust as it is, defaults are in the locustfile.
 */
export async function locust(args) {
  await ensureVenv()
  const given = args.map((arg) => arg.replace(/^--time(?==|$)/, '--run-time'))
  const has = (...names) => given.some((arg) => names.includes(arg.split('=')[0]))
  const locustfile = has('-f', '--locustfile') ? [] : ['--locustfile', 'loadtest/locustfile.py']
  const headless = has('--headless', '--web-port', '--worker', '--autostart') ? [] : ['--headless']
  // Bytecode beside the sources would make the build look out of date.
  const env = { PYTHONDONTWRITEBYTECODE: '1' }
  process.exitCode = await run([PYTHON, '-m', 'locust', ...locustfile, ...headless, ...given], env)
}

/** Installs the requirements, unless they are there just as they are written. */
async function ensureVenv() {
  const stamp = `${VENV}/.requirements`
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex')
  // The interpreter is a link, and leads nowhere when the system's Python was replaced by another.
  if (existsSync(PYTHON) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  await ensurePrograms(['python'])
  console.log('Installing Locust …')
  rmSync(VENV, { recursive: true, force: true })
  await runQuietly([whereIs('python'), '-m', 'venv', VENV], { what: 'python3 -m venv' })
  const pip = [PYTHON, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]
  await runQuietly(pip, { what: 'pip install' })
  writeFileSync(stamp, wanted)
}
