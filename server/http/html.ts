const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Plain text, for between tags and for attributes in quotation marks. */
export const escapeHtml = (plain: string): string => plain.replace(/[&<>"']/g, (mark) => entities[mark]!)
