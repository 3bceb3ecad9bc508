/**
 * Environment of nodes and load balancer without per-address and per-room limits, for load tools and tests that simulate
 * thousands of users from one address or send to one room at full speed.
 */
export const UNLIMITED = {
  ADDRESS_APPENDS_PER_SECOND: '0',
  ADDRESS_COMMANDS_PER_SECOND: '0',
  ADDRESS_DIALECT_APPENDS_PER_SECOND: '0',
  ROOM_APPENDS_PER_SECOND: '0',
  ADDRESS_CONNECTIONS: '0',
  GUESTS_PER_DAY: '0',
  DIRECT_OPENS_PER_HOUR: '0',
  ROOMS_CREATED_PER_HOUR: '0',
}
