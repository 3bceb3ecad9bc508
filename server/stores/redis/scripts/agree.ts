import type { Script } from '../connection.ts'

/** Returns all members of a set; ARGV[1] is added only if the set is empty. Exactly one of several concurrent callers adds. */
export const addIfEmpty: Script = {
  name: 'hubbubAgree',
  keys: 1,
  allowOom: true,
  lua: `
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SADD', KEYS[1], ARGV[1]) end
return redis.call('SMEMBERS', KEYS[1])
`,
}

/** Adds a member to a set and returns all members. Idempotent: each node repeats it every second. */
export const addSecret: Script = {
  name: 'hubbubShare',
  keys: 1,
  allowOom: true,
  lua: `
redis.call('SADD', KEYS[1], ARGV[1])
return redis.call('SMEMBERS', KEYS[1])
`,
}
