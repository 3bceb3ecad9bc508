import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { ensureBuilt } from './build.mjs'
import { ensureDependencies } from './dependencies.mjs'
import { ensurePrograms, whereIs } from './programs.mjs'
import { ROOT, run, runQuietly } from './running.mjs'

const FOLDER = `${ROOT}loadtest/locust`
const VENV = `${ROOT}loadtest/.venv`
const PYTHON = `${VENV}/bin/python`
const REQUIREMENTS = `${FOLDER}/requirements.txt`

const USAGE = `Usage: npm run locust -- [--users 300] [--spawn-rate 30] [--time 60s] [--transport polling] [--shape spike] …
  --users N            how many people at most (1)
  --spawn-rate N       so many of them come a second (10)
  --time T             60s, 5m, 1h30m … (until Ctrl-C; ramp 5m, spike 2m, soak 1h)
  --transport NAME     websocket, polling, ws (plain WebSocket), rest, both (the first two), mixed (all four) (both)
  --shape NAME         steady: everybody until the end; ramp: more each second for two thirds of the time;
                       spike: a tenth of them, everybody in the second third; soak: for long, leaving gently (steady)
  --behaviour NAME     people, or one thing they do: talk, idle, typing, burst, long, away (people)
  --rooms N            to talk in (one for 15 users)
  --ack-timeout S, --delivery-timeout S   seconds until a command is unanswered, a message lost (10, 10)
  --host URL           the cluster (http://localhost:8080)
  --processes N        on so many cores; -1: on all
  --web                the page on http://localhost:8089 instead, where all of these can be chosen
  carry                as the first word: measure what Locust itself can carry; carry --help
  --locust-help        everything else that Locust takes: --html, --csv, --json-file, --master, --worker …

Exit codes: 0 all went well; 1 something failed, or nothing listens; 2 wrong usage.`

/**
 * Locust in a virtual environment of its own. `--time` is Locust's --run-time; without `--web` it runs at the terminal;
 * every other argument goes to Locust as it is, defaults are in the locustfile.
 */
export async function locust(args) {
  const [first, ...rest] = args
  if (first !== 'carry' && args.some((arg) => arg === '--help' || arg === '-h')) return console.log(USAGE)
  await ensureVenv()
  if (first === 'carry') return await carry(rest)
  const names = { '--time': '--run-time', '--locust-help': '--help' }
  const named = args.map((arg) => arg.replace(/^--[\w-]+/, (name) => names[name] ?? name))
  const given = named.filter((arg) => arg !== '--web')
  const has = (...names) => named.some((arg) => names.includes(arg.split('=')[0]))
  const locustfile = has('-f', '--locustfile') ? [] : ['--locustfile', `${FOLDER}/locustfile.py`]
  const headless = has('--headless', '--web', '--web-port', '--worker', '--autostart') ? [] : ['--headless']
  const together = has('--processes') && !has('--master-port', '--master-bind-port') ? await meetingPoint() : []
  // Bytecode beside the sources would make the build look out of date.
  const env = { PYTHONDONTWRITEBYTECODE: '1' }
  process.exitCode = await run([PYTHON, '-m', 'locust', ...locustfile, ...headless, ...together, ...given], env)
}

/** A port for the processes of this run alone: Locust's own is the same for all that run on a machine. */
async function meetingPoint() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return ['--master-port', `${port}`, '--master-bind-port', `${port}`]
}

/** What Locust itself can carry. */
async function carry(args) {
  await ensurePrograms(['redis', 'nginx', 'curl'])
  await ensureDependencies()
  await ensureBuilt()
  process.exitCode = await run([process.execPath, `${ROOT}dist/loadtest/locust/carry.js`, ...args])
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
