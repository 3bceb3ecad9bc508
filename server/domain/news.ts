const news = new WeakSet<object>()

/**
 * A store marks with this what came about by the call that it answers: an entry that was appended, a pair that was made.
 * What was there before, such as the entry that a retry finds, is no news.
 */
export function asNews<T extends object>(answer: T): T {
  news.add(answer)
  return answer
}

export const isNews = (answer: object): boolean => news.has(answer)
