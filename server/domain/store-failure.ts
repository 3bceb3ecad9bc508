/** Why the store rejects calls. Contains no secrets: it is logged, and `/readyz` returns the message. */
export interface StoreFailure {
  cause:
    | 'wrong_password'
    | 'no_permission'
    | 'unknown_host'
    | 'connection_refused'
    | 'connection_lost'
    | 'unreachable'
    | 'timeout'
    | 'tls'
    | 'read_only'
    | 'full'
    | 'disk_full'
    | 'disk'
    | 'loading'
    | 'primary_down'
    | 'error_reply'
    | 'away'
  /** What is wrong, and the remedy. */
  message: string
}
