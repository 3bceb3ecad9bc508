import type { ZodError } from 'zod'

/** What is wrong with an input, in one sentence: each field with its trouble, three at most. */
export function formatZodError(error: ZodError): string {
  const troubles = error.issues.slice(0, 3).map(({ path, message }) => {
    const field = path.map(String).join('.').slice(0, 40)
    const trouble = message.replace(/^Invalid input: /, '').slice(0, 120)
    return field ? `${field}: ${trouble}` : trouble
  })
  return `${troubles.join('; ')}.`.replace(/\.\.$/, '.')
}
