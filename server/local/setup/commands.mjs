import { ensureBuilt } from './build.mjs'
import { ensureDependencies } from './dependencies.mjs'
import { dev } from './dev.mjs'
import { locust } from './locust.mjs'
import { ensurePrograms, findProgram } from './programs.mjs'
import { bin, ROOT, run } from './running.mjs'
import { verify } from './verify.mjs'

/** The commands of run.mjs; package.json has a script for each. */
export const commands = {
  async start(args) {
    await ensureDependencies()
    await ensureBuilt()
    await runInProcess('dist/server/local/start.js', args)
  },

  cluster: clusterCommand('dist/server/local/cluster-command.js', { docker: 'docker compose up' }),
  chaos: clusterCommand('dist/loadtest/chaos/chaos.js'),
  storm: clusterCommand('dist/loadtest/storm/storm.js'),
  connections: clusterCommand('dist/loadtest/connections/connections.js'),
  stress: clusterCommand('dist/loadtest/stress/stress.js'),
  bench: clusterCommand('dist/loadtest/bench/bench.js'),
  compare: clusterCommand('dist/loadtest/compare/compare.js'),

  async capacity(args) {
    await ensureDependencies()
    await ensureBuilt()
    await runInProcess('dist/loadtest/capacity/capacity.js', args)
  },

  async chat(args) {
    // Setup messages go to stderr, since stdout carries the chat's output: npm run -s chat -- --json | jq
    console.log = console.error
    await ensureDependencies()
    await ensureBuilt()
    await runInProcess('dist/client/terminal/main.js', args)
  },

  async events(args) {
    await ensureDependencies()
    await ensureBuilt()
    await runInProcess('dist/client/events/main.js', args)
  },

  /** Arguments are passed to Jest: npm test -- nginx -t reload */
  async test(args) {
    // Installs Redis even if REDIS_URL is set: tests start their own Redis, because some of them kill it.
    await commands['test:setup']()
    await ensureDependencies()
    await ensureBuilt()
    await jest(args, { CHROMIUM: process.env.CHROMIUM || findProgram('chromium') })
  },

  /** The unit tests: they require only Node, no other program and no build. */
  async 'test:unit'(args) {
    await ensureDependencies()
    await jest(['--selectProjects', 'unit', ...args])
  },

  /** Installs the programs that the tests need; programs.mjs lists them. */
  async 'test:setup'() {
    const docker = 'docker run --rm -v "$PWD":/hubbub -w /hubbub node:22-bookworm npm test'
    await ensurePrograms(['redis', 'nginx', 'curl', 'chromium', 'python'], { docker })
  },

  verify,

  /** Regenerates the screenshots of the README. */
  async pictures() {
    await ensurePrograms(['redis', 'nginx', 'curl', 'chromium'], {})
    await ensureDependencies()
    await ensureBuilt()
    process.env.CHROMIUM ||= findProgram('chromium')
    await runInProcess('dist/client/pictures/pictures.js', [])
  },

  /** Types, lint and format; nothing is written. */
  async check() {
    await ensureDependencies()
    const types = await run([...bin('typescript/bin/tsc'), '-p', 'tsconfig.json'])
    const style = await run([...biome, 'check', '--error-on-warnings'])
    process.exitCode = types || style
  },

  async format() {
    await ensureDependencies()
    process.exitCode = await run([...biome, 'check', '--write'])
  },

  async dev() {
    await ensureDependencies()
    // Compile errors do not prevent the watch mode, in which they can be fixed.
    await ensureBuilt().catch(() => {})
    await dev()
  },

  /** Installs the dependencies only, for a separate layer of the Docker image. */
  async install() {
    await ensureDependencies()
  },

  async build() {
    await ensureDependencies()
    await ensureBuilt()
  },

  locust,
}

async function jest(args, env = {}) {
  const quiet = '--disable-warning=ExperimentalWarning'
  const flags = ['--experimental-vm-modules', process.allowedNodeEnvironmentFlags.has('--disable-warning') ? quiet : '']
  const [node, program] = bin('jest/bin/jest.js')
  process.exitCode = await run([node, ...flags.filter(Boolean), program, ...args], env)
}

/** A command whose program starts its own Redis, nodes and nginx. */
function clusterCommand(file, remedies) {
  return async (args) => {
    await ensurePrograms(['redis', 'nginx', 'curl'], remedies)
    await ensureDependencies()
    await ensureBuilt()
    await runInProcess(file, args)
  }
}

const biome = bin('@biomejs/biome/bin/biome')

/** Runs the program in this process, so that signals reach it directly. */
async function runInProcess(file, args) {
  process.argv = [process.execPath, ROOT + file, ...args]
  await import(new URL(`../../../${file}`, import.meta.url).href)
}
