/** What one finds in the picker: each emoji with the words by which one looks for it, the first of which is its name. */
const list = `😀 grinning face happy|😂 tears of joy laugh lol|🤣 rolling laugh rofl|😊 smiling blush happy|😉 wink|😍 heart eyes love|😘 kiss
😎 cool sunglasses|🤔 thinking hmm|🤨 raised eyebrow doubt|😐 neutral|🙄 rolling eyes|😏 smirk|😴 sleeping tired|🤯 mind blown exploding
😢 crying sad|😭 sobbing cry|😡 angry mad|😱 screaming fear|😅 sweat smile phew|😇 halo angel|🥳 party celebrate|🤗 hug|🤫 quiet hush
😬 grimace awkward|🥺 pleading|🤷 shrug|🤦 facepalm|🙈 see no evil monkey|👀 eyes look|👍 thumbs up yes like|👎 thumbs down no dislike
👏 clapping applause|🙌 raised hands hooray|🙏 folded hands thanks please|👋 waving hand hello bye|🤝 handshake deal|💪 strong muscle
✌️ victory peace|🤞 fingers crossed luck|👌 ok hand|👉 pointing right|☝️ pointing up|❤️ red heart love|🧡 orange heart|💛 yellow heart
💚 green heart|💙 blue heart|💜 purple heart|💔 broken heart|🔥 fire hot lit|✨ sparkles|⭐ star|🎉 tada party celebrate|🎂 birthday cake
🎁 gift present|🏆 trophy win|🚀 rocket launch ship|💯 hundred perfect|✅ check done yes|❌ cross no wrong|❓ question|❗ exclamation
⚠️ warning|💡 idea bulb|🐛 bug|🔧 wrench fix|🧪 test tube|📌 pin|📎 paperclip|📅 calendar date|⏰ alarm clock time|☕ coffee|🍕 pizza
🍺 beer cheers|🍰 cake|🍎 apple|🌍 world earth|☀️ sun|🌧️ rain|❄️ snow cold|🌈 rainbow|🌸 blossom flower|🌱 seedling grow|🐶 dog|🐱 cat
🦊 fox|🐧 penguin|🦄 unicorn|🎵 music note|🎮 game|⚽ football|🚲 bicycle|🏠 house home|💻 laptop computer|📱 phone|🤖 robot|👻 ghost|💤 sleep zzz`

export interface Emoji {
  readonly emoji: string
  readonly name: string
}

export const emoji: readonly Emoji[] = list.split(/[|\n]/).map((line) => {
  const gap = line.indexOf(' ')
  return { emoji: line.slice(0, gap), name: line.slice(gap + 1) }
})

const nameOf = new Map(emoji.map(({ emoji, name }) => [emoji, name]))

/** What a screen reader says of it; others' emoji may be none of ours. */
export const emojiName = (emoji: string): string => nameOf.get(emoji) ?? emoji

/** Those that every word of a search begins a word of. */
export function findEmoji(search: string): readonly Emoji[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return emoji.filter(({ name }) => words.every((word) => name.split(' ').some((part) => part.startsWith(word))))
}
