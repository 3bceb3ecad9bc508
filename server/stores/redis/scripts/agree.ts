import type { Script } from '../connection.ts'

/** All members of a set; what is offered becomes the first one of an empty set. */
export const addIfEmpty: Script = {
  name: 'hubbubAgree',
  keys: 1,
  allowOom: true,
  lua: `
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SADD', KEYS[1], ARGV[1]) end
return redis.call('SMEMBERS', KEYS[1])
`,
}

/** Adds a member to a set, which a node does again every second, and answers all. */
export const addSecret: Script = {
  name: 'hubbubShare',
  keys: 1,
  allowOom: true,
  lua: `
redis.call('SADD', KEYS[1], ARGV[1])
return redis.call('SMEMBERS', KEYS[1])
`,
}
