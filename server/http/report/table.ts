/** A table of HTML cells; the first cell of each row is its header. On narrow screens it scrolls horizontally, also by keyboard. */
export function table({ name, heads, rows }: { name: string; heads: string[]; rows: string[][] }): string {
  const head = heads.map((each) => `<th scope="col">${each}</th>`).join('')
  const body = rows.map(
    ([first, ...rest]) => `<tr><th scope="row">${first}</th>${rest.map((cell) => `<td>${cell}</td>`).join('')}</tr>`,
  )
  return `<div class="wide" role="region" aria-label="${name}, table" tabindex="0"><table><caption class="unseen">${name}</caption>
<thead><tr>${head}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>`
}
