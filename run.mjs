// Entry point of every npm script: performs the setup that the command needs, then runs it. It is plain JavaScript without
// dependencies, because on a fresh machine it installs them.
import { checkNodeVersion } from './server/local/setup/node-version.mjs'

checkNodeVersion()
// Imported after the version check, since these modules use syntax that old versions of Node cannot parse.
const { commands } = await import('./server/local/setup/commands.mjs')
const { UserError } = await import('./server/local/setup/user-error.mjs')

const [name = '', ...args] = process.argv.slice(2)
try {
  if (!Object.hasOwn(commands, name)) throw new UserError(`Usage: node run.mjs ${Object.keys(commands).join(' | ')}`)
  await commands[name](args)
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
