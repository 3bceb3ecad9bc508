// Behind every npm script: does the set-up that the command needs, then runs it. Plain JavaScript that imports nothing
// but Node, because on a fresh machine this is what installs the rest.
import { checkNodeVersion } from './server/local/setup/node-version.mjs'

checkNodeVersion()
// Only now: these are written for the Node that was just checked for.
const { commands } = await import('./server/local/setup/commands.mjs')
const { Sentence } = await import('./server/local/setup/sentence.mjs')

const [name = '', ...args] = process.argv.slice(2)
try {
  if (!Object.hasOwn(commands, name)) throw new Sentence(`Usage: node run.mjs ${Object.keys(commands).join(' | ')}`)
  await commands[name](args)
} catch (error) {
  if (!(error instanceof Sentence)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
