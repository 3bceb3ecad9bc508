/** Colors of the pages that the server renders. Text on its background meets WCAG AA contrast in light and in dark mode. */
export const colours = `:root {
  color-scheme: light dark;
  --ground: light-dark(#ffffff, #16171b);
  --raised: light-dark(#f2f2f8, #22242c);
  --line: light-dark(#e1e2ec, #31333d);
  --text: light-dark(#1c1d26, #e9eaf0);
  --faint: light-dark(#5d5f6b, #a2a5b3);
  --accent: light-dark(#4f46c8, #a5a0ff);
  --bad: light-dark(#c0352b, #ff8b80);
}
`
