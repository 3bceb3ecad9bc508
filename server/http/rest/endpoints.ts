import type { Endpoint } from './endpoint.ts'
import { getMessages } from './get-messages.ts'
import { getStatus } from './get-status.ts'
import { sendMessage } from './send-message.ts'
import { updateStatus } from './update-status.ts'

export const endpoints: readonly Endpoint[] = [sendMessage, getMessages, updateStatus, getStatus]

const paths: ReadonlySet<string> = new Set(endpoints.map(({ path }) => path))

/** Whether a request URL belongs to a REST endpoint. */
export const isRest = (url: string): boolean => paths.has(url.split('?', 1)[0]!)
