import type { ChatSession } from '../chat-session.ts'
import { type Command, UsageError } from './command.ts'
import * as messageCommands from './messages.ts'
import * as roomCommands from './rooms.ts'
import * as sessionCommands from './session.ts'

const HELP_WIDTH = 27

const help: Command = {
  usage: '',
  about: 'list all commands',
  run(session) {
    for (const [name, { usage, about }] of Object.entries(commands)) {
      session.print(`  ${`/${name} ${usage}`.padEnd(HELP_WIDTH - 1)} ${session.colors.dim(about)}`)
    }
    session.print(`  ${'//TEXT'.padEnd(HELP_WIDTH)}${session.colors.dim('send a message that starts with /')}`)
  },
}

/** Every command, in the order in which /help lists them. */
export const commands: Record<string, Command> = {
  join: roomCommands.join,
  leave: roomCommands.leave,
  rooms: roomCommands.rooms,
  who: roomCommands.who,
  older: roomCommands.older,
  msg: messageCommands.msg,
  reply: messageCommands.reply,
  edit: messageCommands.edit,
  delete: messageCommands.delete,
  react: messageCommands.react,
  broadcast: messageCommands.broadcast,
  status: sessionCommands.status,
  ping: sessionCommands.ping,
  transport: sessionCommands.transport,
  stats: sessionCommands.stats,
  help,
  exit: sessionCommands.exit,
}

/** Runs an entered line: a command, or else a message to the current room. */
export async function runLine(session: ChatSession, line: string): Promise<void> {
  try {
    const [, name = '', rest = ''] = /^\/(\w+)(.*)/s.exec(line) ?? []
    if (name) {
      const command = Object.hasOwn(commands, name) ? commands[name] : undefined
      if (!command) throw new UsageError(`Unknown command /${name}. Type /help for a list.`)
      await command.run(session, rest.trimStart())
    } else if (line.trim()) {
      const { room } = session
      if (!room) throw new UsageError('You have not joined a room. Join one with /join ROOM.')
      const text = line.replace(/^\/\//, '/')
      void session.track(session.chat.send(room.name, text), text)
    }
  } catch (error) {
    session.error((error as Error).message)
  }
}
