import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from '@jest/globals'

/**
 * The allowed imports of each layer. A layer is a folder or a file; its list contains the other layers and the restricted
 * packages that it may import.
 */
const base = ['server/config.ts', 'server/metrics.ts', 'server/client-address.ts', 'server/refuse-connection.ts']
const layers: Record<string, string[]> = {
  protocol: ['zod'],
  'server/domain': ['protocol', 'jose', 'zod'],
  'server/stores/embedded': ['protocol', 'server/domain', 'classic-level', 'socket.io-adapter'],
  'server/stores/redis': ['protocol', 'server/domain', 'ioredis', '@socket.io/redis-adapter', 'socket.io-adapter'],
  'server/env-reader.ts': ['server/domain'],
  'server/dialect-ports.ts': ['protocol'],
  'server/config.ts': ['protocol', 'server/env-reader.ts', 'server/dialect-ports.ts', 'proxy-addr'],
  'server/metrics.ts': ['server/domain/append-queue.ts', 'prom-client'],
  'server/client-address.ts': ['proxy-addr'],
  'server/origin-policy.ts': ['server/domain', 'server/client-address.ts'],
  'server/refuse-connection.ts': ['protocol', 'server/domain'],
  'server/node-stats.ts': ['protocol', 'server/metrics.ts'],
  'server/idle-collector.ts': [],
  'server/store-monitor.ts': ['server/domain', 'pino'],
  'server/console-to-log.ts': ['server/config.ts', 'pino'],
  'server/journal': ['protocol', 'server/domain', 'server/config.ts', 'pino'],
  'server/gateway': ['protocol', 'server/domain', ...base, 'socket.io', 'engine.io', 'pino', 'ws', 'zod'],
  'server/gateway/engine/deferred-close-socket.ts': ['ws'],
  'server/dialects': [
    'protocol',
    'server/domain',
    ...base,
    'server/gateway/engine/deferred-close-socket.ts',
    'pino',
    'ws',
    'zod',
  ],
  'server/http': ['protocol', 'server/domain', ...base, 'express', 'pino', 'prom-client', 'zod'],
  'server/storage.ts': ['server/config.ts', 'server/domain', 'server/metrics.ts', 'server/gateway', 'server/stores'],
  'server/app.ts': ['protocol', 'server', 'express', 'pino'],
  'server/main.ts': ['server', 'pino'],
  'server/local': ['protocol', 'server', 'pino'],
  'client/sdk': ['protocol', 'socket.io-client'],
  'client/terminal': ['protocol', 'client/sdk'],
  'client/events': ['ws'],
  'client/web': [
    'protocol',
    'client/sdk',
    'preact',
    '@preact/signals',
    '@tanstack/virtual-core',
    '@khanacademy/simple-markdown',
    'uplot',
    'vite',
  ],
  // Takes the screenshots for the README, with a separate cluster.
  'client/pictures': ['client/sdk', 'client/web/test-page.ts', 'server/local', 'playwright-core'],
  // The load tools use only the launcher of the server, to start the cluster under test.
  loadtest: ['protocol', 'client/sdk', 'server/local', 'server/test/faulty-redis-proxy.ts', 'socket.io-client', 'ws'],
  // Other implementations that Hubbub is compared with.
  'loadtest/systems': ['loadtest', 'server/local', 'socket.io', '@socket.io/redis-adapter', 'ioredis', 'ws'],
}

const sources = ['protocol', 'server', 'client', 'loadtest'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => /\.tsx?$/.test(file) && !isTest(file)),
)

/** Whether a file is a test or used only by tests; these may import everything. */
function isTest(file: string): boolean {
  return /\.test\.tsx?$|\/test-[\w-]+\.tsx?$|\/conformance|\/faulty-server\.ts$|^server\/test\//.test(file)
}

const isIn = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`)

const layerOf = (file: string): string =>
  Object.keys(layers)
    .filter((layer) => isIn(file, layer))
    .sort((one, other) => other.length - one.length)[0] ?? 'none'

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const names = [...text.matchAll(/(?:from|import) ?\(?'([\w@./-]+)'/g)].map(([, name]) => name!)
  return names
    .filter((name) => !name.startsWith('node:'))
    .map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)) : name))
}

test('every source file belongs to a layer', () => {
  expect(sources.length).toBeGreaterThan(50)
  expect(sources.filter((file) => layerOf(file) === 'none')).toEqual([])
})

test('imports only refer to lower layers', () => {
  const wrong = sources.flatMap((file) => {
    const layer = layerOf(file)
    const allowed = [layer, ...layers[layer]!]
    return importsOf(file)
      .filter((name) => !allowed.some((place) => isIn(name, place)))
      .map((name) => `${file} imports ${name}`)
  })
  expect(wrong).toEqual([])
})

test('there are no import cycles', () => {
  const python = readdirSync('loadtest/locust').filter((file) => file.endsWith('.py'))
  const graph = new Map([
    ...sources.map((file) => [file, importsOf(file)] as const),
    ...python.map((file) => [file, pythonImportsOf(join('loadtest/locust', file))] as const),
  ])
  expect(cycleIn(new Map([...graph, [sources[0]!, [sources[0]!]]]))).toBeDefined()
  expect(cycleIn(graph)).toBeUndefined()
})

function pythonImportsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/^ *(?:from|import) (\w+)/gm)].map(([, name]) => `${name}.py`)
}

/** The files of one import cycle; undefined if there is none. */
function cycleIn(graph: ReadonlyMap<string, string[]>): string[] | undefined {
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    path.push(file)
    for (const name of graph.get(file) ?? []) {
      const cycle = visit(name)
      if (cycle) return cycle
    }
    path.pop()
    done.add(file)
    return undefined
  }
  for (const file of graph.keys()) {
    const cycle = visit(file)
    if (cycle) return cycle
  }
  return undefined
}

/** Modules with which a test would start a process or open a socket or a database. */
const OUTSIDE = [
  ...['node:child_process', 'node:cluster', 'node:http', 'node:net', 'node:worker_threads'],
  ...['classic-level', 'express', 'ioredis', 'playwright-core', 'socket.io', 'socket.io-client', 'ws'],
]

test('unit tests start no process and open no socket', () => {
  const unit = readdirSync('.', { withFileTypes: true })
    .filter((entry) => ['protocol', 'server', 'client', 'loadtest', 'nginx'].includes(entry.name))
    .flatMap(({ name }) => readdirSync(name, { recursive: true, encoding: 'utf8' }).map((file) => join(name, file)))
    .filter((file) => /(?<!\.(?:integration|browser|slow))\.test\.tsx?$/.test(file))
  expect(unit.length).toBeGreaterThan(50)
  const wrong = unit.flatMap((file) => {
    const found = [...loadedBy(file)].filter((name) => OUTSIDE.includes(name))
    return found.map((name) => `${file} loads ${name}; call it x.integration.test.ts`)
  })
  expect(wrong).toEqual([])
})

/** Everything that a file loads, by way of others too; types are not loaded. */
function loadedBy(file: string, loaded = new Set<string>()): Set<string> {
  const pattern = /^(?:import|export) (?!type\b)(?:[^'"]*? from )?'([^']+)'|import\('([^']+)'\)/gm
  for (const [, stated, asked] of readFileSync(file, 'utf8').matchAll(pattern)) {
    const name = (stated ?? asked)!
    const target = name.startsWith('.') ? normalize(join(dirname(file), name)) : name
    if (loaded.has(target)) continue
    loaded.add(target)
    if (/\.tsx?$/.test(target)) loadedBy(target, loaded)
  }
  return loaded
}

test('only config.ts reads the environment of a node', () => {
  const readers = sources.filter(
    (file) => /^server\/(?!local\/)/.test(file) && /process\.env/.test(readFileSync(file, 'utf8')),
  )
  expect(readers).toEqual(['server/config.ts'])
})
