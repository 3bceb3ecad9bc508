import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from '@jest/globals'
import { io } from 'socket.io-client'
import { RunningCluster, startCluster } from './cluster.ts'
import { clusterFlags } from './cluster-flags.ts'
import { freePort, isPortFree } from './free-port.ts'
import { isReady } from './http-ready.ts'
import { ROOT } from './root.ts'

let cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const each of cleanups.reverse()) await each()
  cleanups = []
})

const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50))
}

test('runs three nodes behind one address and restarts a killed one under its name', async () => {
  const notices: string[] = []
  const line = (name: string, text: string, isNotice: boolean) => isNotice && notices.push(`${name} ${text}`)
  const cluster = await startCluster({ nodes: 3, host: '127.0.0.1', line })
  cleanups.push(() => cluster.stop({ now: true }))
  expect(cluster.nodes.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3'])

  const client = io(cluster.url, { auth: { name: 'Ada' }, forceNew: true })
  cleanups.push(() => client.close())
  const [session] = await once(client as never, 'session')
  const home = cluster.nodes.find(({ name }) => name === session.node)!
  client.auth = { token: session.token }
  const pid = home.pid
  home.kill('SIGKILL')
  const [again] = await once(client as never, 'session')
  expect(again).toMatchObject({ user: session.user })
  await until(() => isReady(`http://127.0.0.1:${home.port}`))
  expect(home.pid).not.toBe(pid)
  expect(notices).toEqual([expect.stringMatching(`^${home.name} was killed by SIGKILL; restarting`)])

  const pids = cluster.processes.map((managedProcess) => managedProcess.pid!)
  await cluster.stop()
  expect(pids.filter(isRunning)).toEqual([])
  expect(await isPortFree(Number(new URL(cluster.url).port), '127.0.0.1')).toBe(true)
})

test('does not restart a killed node with restart: false', async () => {
  const ended = new Promise<string>((resolve) => {
    const line = (name: string, text: string, isNotice: boolean) => isNotice && resolve(`${name} ${text}`)
    void startCluster({ nodes: 2, host: '127.0.0.1', restart: false, line }).then((cluster) => {
      cleanups.push(() => cluster.stop({ now: true }))
      cluster.nodes[1]!.kill('SIGKILL')
    })
  })
  expect(await ended).toBe('n2 was killed by SIGKILL; not restarted')
})

test('a cluster that fails to start names the process and leaves none running', async () => {
  const cluster = new RunningCluster({ nodes: 1, host: '127.0.0.1', env: { DRAIN_MS: 'soon' } })
  cleanups.push(() => cluster.stop({ now: true }))
  await expect(cluster.start()).rejects.toThrow('n1 ended before the cluster was ready.')
  const pids = cluster.processes.flatMap(({ pid }) => pid ?? [])
  await cluster.stop({ now: true })
  expect(pids.filter(isRunning)).toEqual([])
})

test('npm run cluster prints the report’s address and stops its processes in order on SIGTERM', async () => {
  const launcher = await launch()
  const report = new RegExp(`^Report: http://localhost:${launcher.port}/report[?]token=[\\w-]{43}$`)
  await until(() => launcher.lines.some((line) => report.test(line)))
  launcher.child.kill('SIGTERM')
  // A second signal within 500 ms counts as the same one.
  launcher.child.kill('SIGTERM')
  const [code] = await once(launcher.child, 'close')
  expect(code).toBe(0)
  const lineWith = (text: string) => launcher.lines.findIndex((line) => line.includes(text))
  expect(lineWith('draining')).toBeGreaterThan(0)
  expect(lineWith('Redis is now ready to exit')).toBeGreaterThan(lineWith('draining'))
  // No raw JSON lines and no startup banner of Redis.
  expect(launcher.lines.filter((line) => /│ \{|Redis version/.test(line))).toEqual([])
  expect(launcher.pids.filter(isRunning)).toEqual([])
  expect(await isPortFree(launcher.port)).toBe(true)
})

test('npm run cluster passes DRAIN_MS on, and rejects an invalid one before anything starts', async () => {
  const wrong = await run(['--nodes', '1', '--data', folder()], { DRAIN_MS: 'soon' })
  expect(wrong).toMatchObject({ code: 1, text: expect.stringContaining('DRAIN_MS is "soon"; give a whole number') })
  expect(wrong.text).not.toMatch(/│/)

  const launcher = await launch({ DRAIN_MS: '3210' })
  const environmentOf = (pid: number) =>
    execFileSync('ps', ['eww', '-o', 'command=', '-p', `${pid}`], { encoding: 'utf8' })
  const drains = launcher.nodes.map((pid) => / DRAIN_MS=(\d+)/.exec(environmentOf(pid))?.[1])
  expect(drains).toEqual(['3210', '3210'])
})

test('npm run cluster leaves no process running when it is killed', async () => {
  const launcher = await launch()
  launcher.child.kill('SIGKILL')
  await until(() => !launcher.pids.some(isRunning))
  await until(() => isPortFree(launcher.port))
})

test('a second cluster with the same data or the same port is rejected with a message', async () => {
  const launcher = await launch()
  const port = await freePort()
  const onData = await run(['--nodes', '1', '--port', `${port}`, '--data', launcher.data])
  expect(onData).toMatchObject({ code: 1, text: expect.stringContaining(`Another cluster is using ${launcher.data};`) })
  const onPort = await run(['--nodes', '1', '--port', `${launcher.port}`, '--data', folder()])
  expect(onPort).toMatchObject({ code: 1, text: expect.stringContaining(`Port ${launcher.port} is in use`) })
}, 40_000)

test('reports every invalid flag, and prints the usage', async () => {
  const { code, text } = await run(['--nodes', '13', '--port=', '--frobnicate', 'more', '--tls=yes', '--data'])
  expect(code).toBe(1)
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'Unknown option --frobnicate.',
      'Unexpected argument: more.',
      '--tls takes no value.',
      '--data needs a value.',
      '--nodes must be an integer from 1 to 12, not "13".',
      '--port needs a value.',
      expect.stringMatching(/^Usage: npm run cluster/),
    ]),
  )
})

test('flags have defaults', () => {
  const dataDir = join(ROOT, 'data/cluster')
  expect(clusterFlags([])).toEqual({ nodes: 3, port: 8080, dataDir, restart: true, tls: false, help: false })
  expect(clusterFlags(['--nodes', '12', '--no-restart', '--tls'])).toMatchObject({
    nodes: 12,
    restart: false,
    tls: true,
  })
})

interface Launcher {
  child: ChildProcess
  lines: string[]
  /** Of Redis, the nodes, and edge.sh. */
  pids: number[]
  nodes: number[]
  port: number
  data: string
}

/** Runs `npm run cluster -- --nodes 2`; resolves when it is ready. */
async function launch(env?: Record<string, string>): Promise<Launcher> {
  const port = await freePort()
  const data = folder()
  const child = start(['--nodes', '2', '--port', `${port}`, '--data', data], env)
  const exited = once(child, 'exit')
  cleanups.push(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The launcher ended with ${code}:\n${lines.join('\n')}`)))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      lines.push(line)
      if (line.startsWith('Hubbub is running')) resolve()
    })
  })
  const pidsOf = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.[1] ?? []).map(Number)
  const pids = pidsOf(/ready: process (\d+)/)
  expect(pids).toHaveLength(4)
  return { child, lines, pids, nodes: pidsOf(/^n\d.*ready: process (\d+)/), port, data }
}

async function run(args: string[], env?: Record<string, string>): Promise<{ code: number | null; text: string }> {
  const child = start(args, env)
  let text = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
  }
  const [code] = await once(child, 'close')
  return { code, text }
}

function start(args: string[], env: Record<string, string> = {}): ChildProcess {
  const command = join(ROOT, 'dist/server/local/cluster-command.js')
  return spawn(process.execPath, [command, ...args], { cwd: ROOT, env: { ...process.env, ...env } })
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hubbub-test-'))
  cleanups.push(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Zombies do not count: those of a killed launcher are reaped by init. */
function isRunning(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    return false
  }
}
