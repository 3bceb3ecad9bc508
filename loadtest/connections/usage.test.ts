import { expect, test } from '@jest/globals'
import { kernelNow, usageOf } from './usage.ts'

test('the usage of this process', () => {
  const { bytes, seconds } = usageOf([process.pid])
  expect(bytes).toBeGreaterThan(10e6)
  expect(bytes).toBeLessThan(process.memoryUsage().rss * 1.5)
  expect(seconds).toBeGreaterThan(0)
  expect(usageOf([process.pid, process.pid]).bytes).toBeGreaterThan(bytes * 1.2)
})

test('kernel memory is read from /proc', () => {
  const meminfo = 'MemTotal: 10 kB\nMemAvailable:  900 kB\nSlab:   500 kB\nPageTables:  20 kB\n'
  const sockstat = 'sockets: used 9\nTCP: inuse 121 orphan 0 tw 2279 alloc 125 mem 95\nUDP: inuse 0 mem 0\n'
  expect(kernelNow(meminfo, sockstat)).toEqual({
    slabBytes: 512_000,
    pageTableBytes: 20_480,
    tcpSockets: 121,
    tcpBytes: 389_120,
    availableBytes: 921_600,
  })
  expect(Object.values(kernelNow()).every((value) => value >= 0)).toBe(true)
})
