/**
 * Named arguments of a script. Redis only passes arguments by position; the positions of one list of names are used on
 * both sides, so that neither caller nor script counts them, and names cost nothing at run time.
 */
type Value = string | number | boolean | undefined

/** The names of all arguments of `Args`, in any order; a missing one does not compile. */
export const argumentNames =
  <Args>() =>
  <const Names extends readonly (keyof Args & string)[]>(
    names: [keyof Args] extends [Names[number]] ? Names : never,
  ): readonly (keyof Args & string)[] =>
    names

/** Lua that declares a local for each argument. */
export const argumentsLua = (names: readonly string[]): string => `local ${names.join(', ')} = unpack(ARGV)`

/** The arguments in the order of `names`: undefined and false are '', true is 1. */
export const argumentsOf = <Args extends { [Name in keyof Args]: Value }>(
  names: readonly (keyof Args & string)[],
  args: Args,
): (string | number)[] =>
  names.map((name) => {
    const value: Value = args[name]
    return value === undefined || value === false ? '' : value === true ? 1 : value
  })
