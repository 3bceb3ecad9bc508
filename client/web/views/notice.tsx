import { notice } from '../state.ts'

export function Notice() {
  if (!notice.value) return null
  const close = () => {
    notice.value = undefined
  }
  return (
    <div class="notice" role="alert">
      <p>{notice.value}</p>
      <button type="button" onClick={close}>
        Close
      </button>
    </div>
  )
}
