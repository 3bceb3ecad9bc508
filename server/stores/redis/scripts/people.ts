import type { Script } from '../connection.ts'

/** Somebody's name, for as long as their token lives. */
export const rememberUser: Script = {
  name: 'hubbubRemember',
  keys: 1,
  allowOom: true,
  lua: `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`,
}
