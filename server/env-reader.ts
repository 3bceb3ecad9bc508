import { StartupError } from './domain/startup-error.ts'

/** Reads environment variables and collects all problems, so that one start reports every one. */
export class EnvReader {
  readonly #problems: string[] = []

  /** `defaults` apply to variables that `env` does not set. */
  constructor(
    private readonly env: Record<string, string | undefined>,
    private readonly defaults: Record<string, string> = {},
  ) {}

  text(name: string, otherwise: string): string {
    return this.#given(name) ?? otherwise
  }

  matching(name: string, pattern: RegExp, remedy: string, otherwise: string): string {
    const text = this.#given(name)
    if (text === undefined || pattern.test(text)) return text ?? otherwise
    return this.#problem(name, `is ${JSON.stringify(text)}; give ${remedy}`, otherwise)
  }

  oneOf<const T extends readonly string[]>(name: string, choices: T, otherwise: T[number]): T[number] {
    const text = this.#given(name)
    if (text === undefined || choices.includes(text)) return text ?? otherwise
    return this.#problem(name, `is ${JSON.stringify(text)}; give one of ${choices.join(', ')}`, otherwise)
  }

  /** The result of `parse`, which returns undefined for invalid values. */
  parsed<T>(name: string, parse: (text: string) => T | undefined, remedy: string, otherwise: string): T {
    const text = this.#given(name) ?? otherwise
    return parse(text) ?? this.#problem(name, `is ${JSON.stringify(text)}; give ${remedy}`, parse(otherwise)!)
  }

  integer(name: string, { otherwise, min, max }: { otherwise: number; min: number; max?: number }): number {
    const text = this.#given(name)
    if (text === undefined) return otherwise
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= (max ?? Number.MAX_SAFE_INTEGER)) return value
    const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`
    return this.#problem(
      name,
      `is ${JSON.stringify(text)}; give a whole number ${range}, such as ${name}=${otherwise}`,
      otherwise,
    )
  }

  url(name: string, schemes: string[]): string | undefined {
    const text = this.#given(name)
    if (text === undefined || (URL.canParse(text) && schemes.includes(new URL(text).protocol))) return text
    // The value may contain a password, so the message does not repeat it.
    return this.#problem(name, `is no URL of the kind ${schemes[0]}//host:port`, undefined)
  }

  secret(name: string, leastBytes: number): string | undefined {
    const text = this.#given(name)
    if (text === undefined || Buffer.byteLength(text) >= leastBytes) return text
    const remedy = `has ${Buffer.byteLength(text)} bytes and needs ${leastBytes}; make one with: openssl rand -hex 32`
    return this.#problem(name, remedy, undefined)
  }

  /**
   * One secret or a comma-separated list of secrets; undefined if the variable is not set. A value with commas is a single
   * secret if none of its parts is long enough.
   */
  secrets(name: string, leastBytes: number): string[] | undefined {
    const text = this.#given(name)
    const parts = text?.split(',').map((part) => part.trim()) ?? []
    const tooShort = parts.findIndex((part) => Buffer.byteLength(part) < leastBytes)
    if (parts.length > 1 && tooShort < 0) return parts
    if (parts.some((part) => Buffer.byteLength(part) >= leastBytes) && parts.length > 1) {
      const bytes = Buffer.byteLength(parts[tooShort]!)
      const remedy = `lists ${parts.length} secrets, of which number ${tooShort + 1} has ${bytes} bytes and needs ${leastBytes}`
      return this.#problem(name, `${remedy}; make one with: openssl rand -hex 32`, undefined)
    }
    const one = this.secret(name, leastBytes)
    return one === undefined ? undefined : [one]
  }

  /** `none` is the empty list. */
  list(name: string, valid: (item: string) => boolean, remedy: string, otherwise: string[] = []): string[] {
    const text = this.#given(name)
    if (text === undefined) return otherwise
    if (text === 'none') return []
    const items = text.split(',').map((item) => item.trim())
    const wrong = items.filter((item) => !valid(item))
    if (wrong.length === 0) return items
    return this.#problem(
      name,
      `holds ${JSON.stringify(wrong.join(', '))}; give ${remedy}, with commas between`,
      otherwise,
    )
  }

  throwIfInvalid(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems)
  }

  /** An empty variable counts as not set, because Compose passes on empty ones. */
  #given(name: string): string | undefined {
    return this.env[name] || this.defaults[name] || undefined
  }

  #problem<T>(name: string, sentence: string, otherwise: T): T {
    this.#problems.push(`${name} ${sentence}`)
    return otherwise
  }
}

export class ConfigError extends StartupError {
  override readonly name = 'ConfigError'
  constructor(readonly problems: string[]) {
    super(`The configuration does not work:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
  }
}
