import { useEffect, useState } from 'preact/hooks'
import { linkTo } from '../address.ts'
import { notice } from '../state.ts'
import { Icon } from './icon.tsx'

const COPIED_MS = 2_500

export function CopyLink({ room }: { room: string }) {
  const [copied, say] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => say(false), COPIED_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(linkTo(room))
      say(true)
    } catch {
      // The clipboard API is unavailable on insecure origins.
      notice.value = `Copying isn't available here. Copy this link: ${linkTo(room)}`
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
