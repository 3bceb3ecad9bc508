import type { ZodError } from 'zod'

/** The validation errors of an input in one sentence: each field with its problem, three at most. */
export function formatZodError(error: ZodError): string {
  const problems = error.issues.slice(0, 3).map(({ path, message }) => {
    const field = path.map(String).join('.').slice(0, 40)
    const problem = message.replace(/^Invalid input: /, '').slice(0, 120)
    return field ? `${field}: ${problem}` : problem
  })
  return `${problems.join('; ')}.`.replace(/\.\.$/, '.')
}
