import type { Script } from '../connection.ts'

/** Stores a user's name with an expiry (ARGV[2], ms). A script, so that it also runs when Redis has reached maxmemory. */
export const rememberUser: Script = {
  name: 'hubbubRemember',
  keys: 1,
  allowOom: true,
  lua: `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`,
}
