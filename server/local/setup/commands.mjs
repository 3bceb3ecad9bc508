import { ensureBuilt } from './build.mjs'
import { ensureDependencies } from './dependencies.mjs'
import { dev } from './dev.mjs'
import { locust } from './locust.mjs'
import { ensurePrograms, whereIs } from './programs.mjs'
import { bin, ROOT, run } from './running.mjs'
import { verify } from './verify.mjs'

/** Every command of run.mjs; package.json has a script for each. */
export const commands = {
  async start(args) {
    await ensureDependencies()
    await ensureBuilt()
    await continueIn('dist/server/local/start.js', args)
  },

  cluster: onItsOwn('dist/server/local/cluster-command.js', { docker: 'docker compose up' }),
  chaos: onItsOwn('dist/loadtest/chaos/chaos.js'),
  storm: onItsOwn('dist/loadtest/storm/storm.js'),
  connections: onItsOwn('dist/loadtest/connections/connections.js'),
  stress: onItsOwn('dist/loadtest/stress/stress.js'),
  bench: onItsOwn('dist/loadtest/bench/bench.js'),
  compare: onItsOwn('dist/loadtest/compare/compare.js'),

  async capacity(args) {
    await ensureDependencies()
    await ensureBuilt()
    await continueIn('dist/loadtest/capacity/capacity.js', args)
  },

  async chat(args) {
    // What it prints belongs to what is said: npm run -s chat -- --json | jq
    console.log = console.error
    await ensureDependencies()
    await ensureBuilt()
    await continueIn('dist/client/terminal/main.js', args)
  },

  async events(args) {
    await ensureDependencies()
    await ensureBuilt()
    await continueIn('dist/client/events/main.js', args)
  },

  /** Arguments go to jest: npm test -- nginx -t reload */
  async test(args) {
    // A Redis of our own also where REDIS_URL names one: some tests kill the one they talk to.
    await commands['test:setup']()
    await ensureDependencies()
    await ensureBuilt()
    await jest(args, { CHROMIUM: process.env.CHROMIUM || whereIs('chromium') })
  },

  /** The tests that need nothing but Node: no program, no build. */
  async 'test:unit'(args) {
    await ensureDependencies()
    await jest(['--selectProjects', 'unit', ...args])
  },

  /** The only command that installs programs for the tests; programs.mjs lists them. */
  async 'test:setup'() {
    const docker = 'docker run --rm -v "$PWD":/hubbub -w /hubbub node:22-bookworm npm test'
    await ensurePrograms(['redis', 'nginx', 'curl', 'chromium', 'python'], { docker })
  },

  verify,

  /** Takes the pictures that the README shows, anew. */
  async pictures() {
    await ensurePrograms(['redis', 'nginx', 'curl', 'chromium'], {})
    await ensureDependencies()
    await ensureBuilt()
    process.env.CHROMIUM ||= whereIs('chromium')
    await continueIn('dist/client/pictures/pictures.js', [])
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
    // What does not compile yet is about to be worked on.
    await ensureBuilt().catch(() => {})
    await dev()
  },

  /** The dependencies alone, for the image's own layer of them. */
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

/** A program that brings up Redis, nodes and nginx of its own. */
function onItsOwn(file, remedies) {
  return async (args) => {
    await ensurePrograms(['redis', 'nginx', 'curl'], remedies)
    await ensureDependencies()
    await ensureBuilt()
    await continueIn(file, args)
  }
}

const biome = bin('@biomejs/biome/bin/biome')

/** The rest happens in this same process, so that a signal sent to it reaches the program itself. */
async function continueIn(file, args) {
  process.argv = [process.execPath, ROOT + file, ...args]
  await import(new URL(`../../../${file}`, import.meta.url).href)
}
