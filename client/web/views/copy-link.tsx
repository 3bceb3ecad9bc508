import { useEffect, useState } from 'preact/hooks'
import { linkTo } from '../address.ts'
import { notice } from '../state.ts'
import { Icon } from './icon.tsx'

const SAID_FOR_MS = 2_500

export function CopyLink({ room }: { room: string }) {
  const [copied, say] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => say(false), SAID_FOR_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(linkTo(room))
      say(true)
    } catch {
      // Over plain http there is no clipboard.
      notice.value = `Copy this by hand: ${linkTo(room)}`
    }
  }
  return (
    <button type="button" class="bare" title="Copy link" onClick={copy}>
      <Icon of="link" />
      <span class="word" role="status">
        {copied ? 'Copied' : 'Copy link'}
      </span>
    </button>
  )
}
