import { readArguments, USAGE } from './arguments.ts'
import { chat } from './chat.ts'
import { demo } from './demo.ts'
import { stress } from './stress.ts'

const modes = { demo, chat, stress }

/** npm run events */
try {
  const args = readArguments(process.argv.slice(2))
  if (args) await modes[args.mode](args)
  else process.stdout.write(USAGE)
} catch (error) {
  console.error(`${(error as Error).message}\nSee: npm run events -- --help`)
  process.exitCode = 1
}
