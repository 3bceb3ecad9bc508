import { parseArgs } from 'node:util'

export type KnownFlags = Record<string, { type: 'string' | 'boolean'; default?: string | boolean; short?: string }>

/** Parses command-line flags; `problems` has an error message for each unknown or malformed one. */
export function readFlags<const T extends KnownFlags>(argv: string[], known: T) {
  const { values, tokens } = parseArgs({ args: argv, options: known, strict: false, tokens: true })
  const problems = tokens.flatMap((token) => {
    if (token.kind === 'positional') return `Unexpected argument: ${token.value}.`
    if (token.kind !== 'option') return []
    const flag = Object.hasOwn(known, token.name) ? known[token.name] : undefined
    if (!flag) return `Unknown option ${token.rawName}.`
    if (flag.type === 'string' && !token.value) return `${token.rawName} needs a value.`
    if (flag.type === 'boolean' && token.value !== undefined) return `${token.rawName} takes no value.`
    return []
  })
  return { values: values as { [name in keyof T]?: string | boolean }, problems }
}
