/** Prefixes keep Socket.IO's rooms apart: no chat room can be named into somebody's private channel (a socket id). */
export const streamOf = (room: string): string => `room:${room}`
/** All connections of one person. */
export const channelOf = (user: string): string => `user:${user}`
export const isChannel = (name: string): boolean => name.startsWith('user:')

/** Connections that watch the list of rooms. */
export const WATCHERS = 'rooms'

/** Connections with a lot waiting to be read; what loses its meaning soon is not sent to them. */
export const SLOW = 'slow'
