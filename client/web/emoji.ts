/** The emoji of the picker. Format: `emoji name/keywords`, separated by `|` or a line break. */
const list = `😀 grinning/happy|😂 tears of joy/laugh lol|🤣 rolling on the floor/laugh rofl|😊 smiling/blush happy|😉 wink|😍 heart eyes/love|😘 kiss
😎 cool/sunglasses|🤔 thinking/hmm|🤨 raised eyebrow/doubt|😐 neutral|🙄 rolling eyes|😏 smirk|😴 sleeping/tired|🤯 mind blown/exploding
😢 crying/sad|😭 sobbing/cry sad|😡 angry/mad|😱 screaming/fear|😅 sweat/smile phew|😇 halo/angel|🥳 party face/celebrate|🤗 hug|🤫 hush/quiet
😬 grimace/awkward|🥺 pleading|🤷 shrug|🤦 facepalm|🙈 see no evil/monkey|👀 eyes/look|👍 thumbs up/yes like|👎 thumbs down/no dislike
👏 clapping/applause|🙌 raised hands/hooray|🙏 folded hands/thanks please|👋 waving/hello bye|🤝 handshake/deal|💪 strong/muscle
✌️ victory/peace|🤞 fingers crossed/luck|👌 OK hand|👉 pointing right|☝️ pointing up|❤️ red heart/love|🧡 orange heart|💛 yellow heart
💚 green heart|💙 blue heart|💜 purple heart|💔 broken heart|🔥 fire/hot lit|✨ sparkles|⭐ star|🎉 party popper/tada celebrate|🎂 birthday cake
🎁 gift/present|🏆 trophy/win|🚀 rocket/launch ship|💯 hundred/perfect|✅ check mark/done yes|❌ cross/no wrong|❓ question mark|❗ exclamation mark
⚠️ warning|💡 light bulb/idea|🐛 bug|🔧 wrench/fix|🧪 test tube|📌 pin|📎 paper clip|📅 calendar/date|⏰ alarm clock/time|☕ coffee|🍕 pizza
🍺 beer/cheers|🍰 slice of cake|🍎 apple|🌍 globe/world earth|☀️ sun|🌧️ rain|❄️ snow/cold|🌈 rainbow|🌸 blossom/flower|🌱 seedling/grow|🐶 dog|🐱 cat
🦊 fox|🐧 penguin|🦄 unicorn|🎵 music/note|🎮 game|⚽ football|🚲 bicycle|🏠 house/home|💻 laptop/computer|📱 phone|🤖 robot|👻 ghost|💤 zzz/sleep`

export interface Emoji {
  readonly emoji: string
  readonly name: string
  /** In lower case. */
  readonly words: readonly string[]
}

export const emoji: readonly Emoji[] = list.split(/[|\n]/).map((line) => {
  const gap = line.indexOf(' ')
  const [name = '', more = ''] = line.slice(gap + 1).split('/')
  return { emoji: line.slice(0, gap), name, words: `${name} ${more}`.toLowerCase().split(' ') }
})

const nameOf = new Map(emoji.map(({ emoji, name }) => [emoji, name]))

/** The accessible name. An emoji that is not in the list is returned as it is. */
export const emojiName = (emoji: string): string => nameOf.get(emoji) ?? emoji

/** Every word of the search must be a prefix of a word of the emoji's name or keywords. */
export function findEmoji(search: string): readonly Emoji[] {
  const sought = search.toLowerCase().split(/\s+/).filter(Boolean)
  return emoji.filter(({ words }) => sought.every((begun) => words.some((word) => word.startsWith(begun))))
}
