/**
 * Socket.IO room of the connections that receive the entries of a chat room. The prefix separates chat rooms from
 * socket ids, which are rooms, too.
 */
export const roomStream = (room: string): string => `room:${room}`
/** Socket.IO room of all connections of one user. */
export const userChannel = (user: string): string => `user:${user}`
export const isUserChannel = (name: string): boolean => name.startsWith('user:')

/** Socket.IO room of the connections that watch the room list. */
export const WATCHERS = 'rooms'

/** Socket.IO room of slow clients: they have more than 64 KiB of unread data and do not receive typing events. */
export const SLOW = 'slow'
