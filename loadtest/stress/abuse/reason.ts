/** Why a connection ended, without the body of the answer that said so. */
export const reasonOf = (reason: string): string => reason.replace(/ ?\{.*$/s, '')
