import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ClientAddresses, networkOf } from './client-address.ts'

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
  ['2001:0DB8:0000:0001::9', '2001:db8:0:1::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ['nonsense', 'nonsense'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('IPv6 addresses share limits if and only if their first 64 bits are equal, in any notation', () => {
  const hex = (group: number) => group.toString(16)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 }), (groups) => {
      const long = groups.map((group) => hex(group).padStart(4, '0')).join(':')
      const short = new URL(`http://[${long}]`).hostname.slice(1, -1)
      fc.pre(!short.startsWith('::ffff:'))
      const network = `${groups.slice(0, 4).map(hex).join(':')}::/64`
      expect([networkOf(long), networkOf(short)]).toEqual([network, network])
    }),
  )
})

test('the address of a connection that has ended is empty', () => {
  const req = { headers: {}, socket: {} } as unknown as Parameters<ClientAddresses['network']>[0]
  expect(new ClientAddresses([]).network(req)).toBe('')
  expect(new ClientAddresses(['loopback']).network(req)).toBe('')
})
