import type { ChatSession } from '../talk.ts'
import { type Command, UsageError } from './command.ts'
import * as saying from './messages.ts'
import * as inRooms from './rooms.ts'
import * as aboutMe from './session.ts'

const HELP_WIDTH = 27

const help: Command = {
  usage: '',
  about: 'this list',
  run(talk) {
    for (const [name, { usage, about }] of Object.entries(commands)) {
      talk.print(`  ${`/${name} ${usage}`.padEnd(HELP_WIDTH - 1)} ${talk.paint.dim(about)}`)
    }
    talk.print(`  ${'//TEXT'.padEnd(HELP_WIDTH)}${talk.paint.dim('say /TEXT, which is no command')}`)
  },
}

/** Every command, in the order in which /help lists them. */
export const commands: Record<string, Command> = {
  join: inRooms.join,
  leave: inRooms.leave,
  rooms: inRooms.rooms,
  who: inRooms.who,
  older: inRooms.older,
  msg: saying.msg,
  reply: saying.reply,
  edit: saying.edit,
  delete: saying.delete,
  react: saying.react,
  broadcast: saying.broadcast,
  status: aboutMe.status,
  ping: aboutMe.ping,
  transport: aboutMe.transport,
  stats: aboutMe.stats,
  help,
  exit: aboutMe.exit,
}

/** Carries out what was typed: a command, or a message to the room that is looked at. */
export async function runLine(talk: ChatSession, line: string): Promise<void> {
  try {
    const [, name = '', rest = ''] = /^\/(\w+)(.*)/s.exec(line) ?? []
    if (name) {
      const command = Object.hasOwn(commands, name) ? commands[name] : undefined
      if (!command) throw new UsageError(`There is no /${name}; /help lists what there is.`)
      await command.run(talk, rest.trimStart())
    } else if (line.trim()) {
      const { room } = talk
      if (!room) throw new UsageError('You are in no room; /join one.')
      const text = line.replace(/^\/\//, '/')
      void talk.track(talk.chat.send(room.name, text), text)
    }
  } catch (error) {
    talk.error((error as Error).message)
  }
}
