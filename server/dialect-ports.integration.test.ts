import { expect, test } from '@jest/globals'
import { parseDialectPorts, rewriteUrl } from './dialect-ports.ts'

test('DIALECT_PORTS accepts on, off, or a list of ports', () => {
  const original = [
    { dialect: 'strangers', port: 3000 },
    { dialect: 'json', port: 8081 },
    { dialect: 'events', port: 8765 },
  ]
  expect(parseDialectPorts('on')).toEqual(original)
  expect(parseDialectPorts('off')).toEqual([])
  expect(parseDialectPorts('json:9000, events:9001')).toEqual([
    { dialect: 'json', port: 9000 },
    { dialect: 'events', port: 9001 },
  ])
  for (const wrong of ['yes', 'json', 'json:', 'json:0', 'json:70000', 'json:1.5', 'text:9000', 'json:1,events:1']) {
    expect(parseDialectPorts(wrong)).toBeUndefined()
  }
})

test('a dialect port serves the paths of the original server', () => {
  const on = (dialect: 'strangers' | 'json' | 'events', webSocket: boolean) => (url: string) =>
    rewriteUrl(dialect, url, webSocket)
  expect(['/', '/x?sid=n1.2', '/ws'].map(on('strangers', true))).toEqual(Array(3).fill('/ws/strangers'))
  expect(['/', '/chat'].map(on('events', true))).toEqual(Array(2).fill('/ws/events'))
  expect(['/ws', '/ws?x=1'].map(on('json', true))).toEqual(Array(2).fill('/ws/json'))
  expect(['/', '/ws/json', '/other?x=1'].map(on('json', true))).toEqual(['/', '/ws/json', '/other?x=1'])
  expect(on('events', true)('/socket.io/?EIO=4')).toBe('/socket.io/?EIO=4')
  expect(['/?x', '/ws', '/ws/json', '/assets/x.js'].map(on('json', false))).toEqual([
    '/dialects/json',
    '/ws/json',
    '/ws/json',
    '/assets/x.js',
  ])
  expect(['/', '/report', '/logs?kind=x'].map(on('strangers', false))).toEqual([
    '/dialects/strangers',
    '/report',
    '/logs?kind=x',
  ])
})
