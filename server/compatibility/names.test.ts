import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { commands } from '../../protocol/commands.ts'
import { events, FEATURES } from '../../protocol/events.ts'
import { faults } from '../../protocol/faults.ts'
import { openApi } from '../http/rest/openapi.ts'
import { Metrics } from '../metrics.ts'
import { keys as embeddedKeys } from '../stores/embedded/keys.ts'
import { keysUnder } from '../stores/redis/keys.ts'

/**
 * Names that other programs, other versions of a node and stored data depend on. A name may be added here; one that is
 * listed may neither change nor go.
 */
const pinned: Record<string, string[]> = JSON.parse(readFileSync(new URL('names.json', import.meta.url), 'utf8'))

const present: Record<string, () => string[]> = {
  'commands of the wire': () =>
    Object.entries(commands).flatMap(([name, { input, output }]) => [
      name,
      ...paths(schemaOf(input)).map((path) => `${name} input${path}`),
      ...paths(schemaOf(output)).map((path) => `${name} output${path}`),
    ]),
  'events of the wire': () =>
    Object.entries(events).flatMap(([name, schema]) => [
      name,
      ...paths(schemaOf(schema)).map((path) => `${name}${path}`),
    ]),
  'features of the wire': () => [...FEATURES],
  'fault codes': () => Object.keys(faults),
  'messages between nodes': () => literals(['server/gateway'], /\.(?:tell|ask|publish|request)\('(\w+)', \{ room/g),
  'REST operations': () => {
    const { paths: operations } = openApi({ restSenders: 'guest' }) as unknown as {
      paths: Record<string, Record<string, Operation>>
    }
    return Object.entries(operations).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { parameters = [] }]) => [
        `${method} ${path}`,
        ...parameters.map(({ name }) => `${method} ${path} ${name}`),
      ]),
    )
  },
  'environment variables': () => literals(['server/config.ts'], /\benv\s*\.\w+\(\s*'([A-Z][A-Z0-9_]+)'/g),
  metrics: () =>
    new Metrics().registry
      .getMetricsAsArray()
      .filter(({ name }) => name.startsWith('hubbub_'))
      .flatMap((metric) => {
        const { name, labelNames } = metric as { name: string; labelNames?: string[] }
        return [name, ...(labelNames ?? []).map((label) => `${name}{${label}}`)]
      }),
  'Redis keys': () => names(keysUnder('hubbub:')),
  'LevelDB keys': () => names(embeddedKeys),
  'browser storage': () => literals(['client/sdk', 'client/web'], /['`](hubbub\.[a-z]+)(?=[:'`])/g),
}

interface Operation {
  parameters?: { name: string }[]
}

test.each(Object.entries(present))('%s: none changed or went', (kind, list) => {
  const there = new Set(list())
  expect(there.size).toBeGreaterThan(0)
  expect(pinned[kind]!.filter((name) => !there.has(name))).toEqual([])
})

test.each(Object.entries(present))('%s: a new one is added to names.json', (kind, list) => {
  const known = new Set(pinned[kind])
  expect([...new Set(list())].filter((name) => !known.has(name))).toEqual([])
})

/** `.entries[].seq` for each property of a JSON schema. */
function paths(schema: JsonSchema, at = ''): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, value]) => [
    `${at}.${name}`,
    ...paths(value, `${at}.${name}`),
  ])
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((choice) => paths(choice, at))
  return [...own, ...choices, ...(schema.items ? paths(schema.items, `${at}[]`) : [])]
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  items?: JsonSchema
}

const schemaOf = (schema: z.ZodType) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as JsonSchema

/** Each key as it is made of sample parts. */
function names(keys: object): string[] {
  return Object.values(keys).map((key) => (typeof key === 'function' ? key('one', 'two', 'three') : key))
}

/** What the first group of a pattern matches in the sources of these folders and files, tests left out. */
function literals(places: string[], pattern: RegExp): string[] {
  const root = join(import.meta.dirname, '../..')
  const files = places.flatMap((place) =>
    place.endsWith('.ts')
      ? [place]
      : readdirSync(join(root, place), { recursive: true, encoding: 'utf8' }).map((file) => join(place, file)),
  )
  return files
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('.test.'))
    .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map(([, name]) => name!))
}
