import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { ensureBuilt } from './build.mjs'
import { ensureDependencies } from './dependencies.mjs'
import { ensurePrograms, findProgram } from './programs.mjs'
import { ROOT, run, runQuietly } from './running.mjs'

const FOLDER = `${ROOT}loadtest/locust`
const VENV = `${ROOT}loadtest/.venv`
const PYTHON = `${VENV}/bin/python`
const REQUIREMENTS = `${FOLDER}/requirements.txt`

const USAGE = `Usage: npm run locust -- [--users 300] [--spawn-rate 30] [--time 60s] [--transport polling] [--shape spike] …
  --users N            maximum number of users (default: 1)
  --spawn-rate N       users started per second (default: 10)
  --time T             duration, such as 60s, 5m, 1h30m (default: until Ctrl-C; ramp 5m, spike 2m, soak 1h)
  --transport NAME     websocket, polling, ws (plain WebSocket), rest, both (websocket and polling) or mixed (all four)
                       (default: both)
  --shape NAME         steady: all users until the end; ramp: more users each second for two thirds of the time;
                       spike: a tenth of the users, all of them in the second third; soak: a long run with a gradual
                       end (default: steady)
  --behaviour NAME     people (mixed), or one activity: talk, idle, typing, burst, long, away (default: people)
  --rooms N            number of rooms (default: one per 15 users)
  --ack-timeout S      seconds until a command counts as unanswered (default: 10)
  --delivery-timeout S seconds until a message counts as lost (default: 10)
  --host URL           address of the cluster (default: http://localhost:8080)
  --processes N        number of Locust processes; -1: one per core
  --web                start Locust's web interface on http://localhost:8089 instead, with all of these settings
  carry                as the first argument: measure the capacity of Locust itself; see carry --help
  --locust-help        all other options of Locust: --html, --csv, --json-file, --master, --worker …

Exit codes: 0 success; 1 failed requests, or no server at the address; 2 invalid arguments.`

/**
 * Runs Locust in its own virtual environment. `--time` maps to Locust's --run-time; without `--web` it runs headless. All
 * other arguments are passed to Locust unchanged; the defaults are in the locustfile.
 */
export async function locust(args) {
  const [first, ...rest] = args
  if (first !== 'carry' && args.some((arg) => arg === '--help' || arg === '-h')) return console.log(USAGE)
  await ensureVenv()
  if (first === 'carry') return await carry(rest)
  const names = { '--time': '--run-time', '--locust-help': '--help' }
  const translated = args.map((arg) => arg.replace(/^--[\w-]+/, (name) => names[name] ?? name))
  const locustArgs = translated.filter((arg) => arg !== '--web')
  const has = (...names) => translated.some((arg) => names.includes(arg.split('=')[0]))
  const locustfile = has('-f', '--locustfile') ? [] : ['--locustfile', `${FOLDER}/locustfile.py`]
  const headless = has('--headless', '--web', '--web-port', '--worker', '--autostart') ? [] : ['--headless']
  const masterPort = has('--processes') && !has('--master-port', '--master-bind-port') ? await masterPortArgs() : []
  // Python bytecode next to the sources would make the build look stale.
  const env = { PYTHONDONTWRITEBYTECODE: '1' }
  process.exitCode = await run([PYTHON, '-m', 'locust', ...locustfile, ...headless, ...masterPort, ...locustArgs], env)
}

/** A free port for the processes of this run: Locust's default port is the same for all runs on a machine. */
async function masterPortArgs() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return ['--master-port', `${port}`, '--master-bind-port', `${port}`]
}

/** Measures the capacity of Locust itself. */
async function carry(args) {
  await ensurePrograms(['redis', 'nginx', 'curl'])
  await ensureDependencies()
  await ensureBuilt()
  process.exitCode = await run([process.execPath, `${ROOT}dist/loadtest/locust/carry.js`, ...args])
}

/** Installs the requirements unless the installed ones match requirements.txt. */
async function ensureVenv() {
  const stamp = `${VENV}/.requirements`
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex')
  // The interpreter is a symbolic link, which is dangling if the system's Python was replaced.
  if (existsSync(PYTHON) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  await ensurePrograms(['python'])
  console.log('Installing Locust …')
  rmSync(VENV, { recursive: true, force: true })
  await runQuietly([findProgram('python'), '-m', 'venv', VENV], { what: 'python3 -m venv' })
  const pip = [PYTHON, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]
  await runQuietly(pip, { what: 'pip install' })
  writeFileSync(stamp, wanted)
}
