import { setTimeout as pause } from 'node:timers/promises'
import type { Arguments } from './arguments.ts'
import { DemoClient } from './demo/person.ts'
import { type Cast, scenes } from './demo/scenes.ts'
import { type ExitCode, ExitError, exitCode } from './exit-code.ts'
import { colorsFor } from './paint.ts'
import { visible } from './visible.ts'

/** Between two scenes, for whoever reads along. */
const READING_MS = 350
const ROOM = 'demo'

/** Every feature on real connections, told as it happens. Fine only when all that it tells of came true. */
export async function demo({ url, timeoutMs }: Arguments): Promise<ExitCode> {
  const paint = colorsFor(process.stdout)
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const cast: Cast = {
    ada: new DemoClient('Ada', { url, transports: ['websocket'] }),
    bob: new DemoClient('Bob', { url, transports: ['polling'] }),
    cyd: new DemoClient('Cyd', { url }),
    room: ROOM,
    timeoutMs,
  }
  const began = performance.now()
  let failed = 0
  try {
    for (const [i, [claim, run]] of scenes.entries()) {
      say(`${`${i + 1}`.padStart(2)}  ${paint.bold(claim)}`)
      try {
        say(`    ${paint.good('✓')} ${paint.dim(visible(await run(cast)))}`)
      } catch (error) {
        // Without a connection there is nothing to show.
        if (error instanceof ExitError) throw error
        failed++
        say(`    ${paint.bad(`✗ ${visible((error as Error).message)}`)}`)
      }
      await pause(READING_MS)
    }
  } finally {
    for (const { chat } of [cast.ada, cast.bob, cast.cyd]) chat.close()
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  say(
    `\n${scenes.length - failed} of ${scenes.length} shown in ${seconds} s. Your turn: npm run chat -- --url ${url} --name you`,
  )
  return failed > 0 ? exitCode.lost : exitCode.fine
}
