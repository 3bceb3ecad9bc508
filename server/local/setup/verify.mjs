import { ROOT, run } from './running.mjs'
import { UserError } from './user-error.mjs'

/** The checks that do not fit into the 12 minutes of CI, with their duration on two cores. */
const steps = [
  { name: 'tests', minutes: 11, command: ['test'] },
  { name: 'chaos', minutes: 8, command: ['chaos', '--minutes', '5', '--seed', '90001'] },
  { name: 'abuse', minutes: 18, command: ['stress', '--preset', 'abuse'] },
  { name: 'overload', minutes: 4, command: ['stress', '--preset', 'overload'] },
  { name: 'strangers', minutes: 8, command: ['stress', '--preset', 'strangers-90000'] },
  { name: 'storm', minutes: 2, command: ['storm'] },
]

/** Runs the named steps, or all of them, one after the other, and lists the failed ones at the end. */
export async function verify(names) {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name))
  if (unknown.length > 0) {
    throw new UserError(`Usage: npm run verify -- [${steps.map(({ name }) => name).join('|')} …]`)
  }
  const selected = steps.filter(({ name }) => names.length === 0 || names.includes(name))
  const minutes = selected.reduce((sum, step) => sum + step.minutes, 0)
  console.log(`${selected.map(({ name }) => name).join(', ')}: about ${minutes} minutes`)
  const failed = []
  for (const { name, command } of selected) {
    console.log(`\n${name}: npm run ${command.join(' ')}`)
    const code = await run([process.execPath, `${ROOT}run.mjs`, ...command])
    if (code !== 0) failed.push(name)
  }
  console.log(failed.length > 0 ? `\nFailed: ${failed.join(', ')}` : '\nEverything passed.')
  process.exitCode = failed.length > 0 ? 1 : 0
}
