import type { Endpoint } from './endpoint.ts'
import { getMessages } from './get-messages.ts'
import { getStatus } from './get-status.ts'
import { sendMessage } from './send-message.ts'
import { updateStatus } from './update-status.ts'

export const endpoints: readonly Endpoint[] = [sendMessage, getMessages, updateStatus, getStatus]
