import { parseArgs } from 'node:util'

export type KnownFlags = Record<string, { type: 'string' | 'boolean'; default?: string | boolean; short?: string }>

/** What each flag was set to, and what is wrong with how they were written, a sentence each. */
export function readFlags<const T extends KnownFlags>(argv: string[], known: T) {
  const { values, tokens } = parseArgs({ args: argv, options: known, strict: false, tokens: true })
  const problems = tokens.flatMap((token) => {
    if (token.kind === 'positional') return `${token.value} belongs to no flag.`
    if (token.kind !== 'option') return []
    const flag = Object.hasOwn(known, token.name) ? known[token.name] : undefined
    if (!flag) return `There is no flag ${token.rawName}.`
    if (flag.type === 'string' && !token.value) return `${token.rawName} needs a value.`
    if (flag.type === 'boolean' && token.value !== undefined) return `${token.rawName} takes no value.`
    return []
  })
  return { values: values as { [name in keyof T]?: string | boolean }, problems }
}
