import { setTimeout as pause } from 'node:timers/promises'
import type { Arguments } from './arguments.ts'
import { colorsFor } from './colors.ts'
import { DemoClient } from './demo/demo-client.ts'
import { type Cast, scenes } from './demo/scenes.ts'
import { type ExitCode, ExitError, exitCode } from './exit-code.ts'
import { visible } from './visible.ts'

/** Pause between two scenes, so that the output can be followed. */
const READING_MS = 350
const ROOM = 'demo'

/** Shows every feature on real connections. Resolves with `ok` only if every scene succeeded. */
export async function demo({ url, timeoutMs }: Arguments): Promise<ExitCode> {
  const colors = colorsFor(process.stdout)
  const print = (line: string) => process.stdout.write(`${line}\n`)
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
      print(`${`${i + 1}`.padStart(2)}  ${colors.bold(claim)}`)
      try {
        print(`    ${colors.good('✓')} ${colors.dim(visible(await run(cast)))}`)
      } catch (error) {
        // Without a connection, no scene can succeed.
        if (error instanceof ExitError) throw error
        failed++
        print(`    ${colors.bad(`✗ ${visible((error as Error).message)}`)}`)
      }
      await pause(READING_MS)
    }
  } finally {
    for (const { chat } of [cast.ada, cast.bob, cast.cyd]) chat.close()
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  print(
    `\n${scenes.length - failed} of ${scenes.length} scenes passed in ${seconds} s. Try it: npm run chat -- --url ${url} --name you`,
  )
  return failed > 0 ? exitCode.failed : exitCode.ok
}
