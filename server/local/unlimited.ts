/**
 * Settings of nodes and of the edge for load tools and tests that play thousands of users from one address, or send to one
 * room as fast as they can.
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
