import { isIPv6 } from 'node:net'

/** The /64 of an IPv6 address, such as `2001:db8:0:1::/64`; an IPv4 address, mapped into IPv6 or not, as it is. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  const plain = address.split('%', 1)[0]!
  if (!isIPv6(plain)) return address
  const [before = '', after] = plain.split('::') as [string, string?]
  const groups = before === '' ? [] : before.split(':')
  // An embedded IPv4 address at the end stands for two groups.
  const behind = after ? after.split(':') : []
  const length = [...groups, ...behind].reduce((sum, group) => sum + (group.includes('.') ? 2 : 1), 0)
  if (after !== undefined) groups.push(...Array<string>(8 - length).fill('0'), ...behind)
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
