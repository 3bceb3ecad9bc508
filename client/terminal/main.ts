import { type Arguments, readArguments } from './arguments.ts'
import { demo } from './demo.ts'
import { type ExitCode, ExitError, exitCode } from './exit-code.ts'
import { interactive } from './interactive.ts'
import { piped } from './piped.ts'
import { stress } from './stress/stress.ts'
import { USAGE } from './usage.ts'

async function run(argv: string[]): Promise<ExitCode> {
  const args = readArguments(argv, process.env)
  if (args.help) {
    process.stdout.write(USAGE)
    return exitCode.ok
  }
  return program(args)(args)
}

function program({ mode, json }: Arguments): (args: Arguments) => Promise<ExitCode> {
  if (mode === 'demo') return demo
  if (mode === 'stress') return stress
  // A dumb terminal cannot move the cursor.
  const screen = process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== 'dumb'
  return screen && !json ? interactive : piped
}

let code: ExitCode
try {
  code = await run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof ExitError)) throw error
  process.stderr.write(`${error.message}\n`)
  code = error.code
}
// Exit explicitly: a client may have a pending backoff timer.
process.stdout.write('', () => process.exit(code))
