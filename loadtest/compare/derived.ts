/** Figures by name; which ones depends on the kind of cell. */
export type Figures = Record<string, number>

/**
 * Computes derived figures: per delivered message, the sender's own included, unless the name says otherwise. Bytes as
 * counted by the kernel at the edge, or by the clients where that is not available.
 */
export function derived(figures: Figures): Figures {
  const { deliveries, clients, messages, packets, seconds } = figures
  const of = (name: string) => figures[name] ?? Number.NaN
  const up = figures.edgeReceived ?? of('sent')
  const down = figures.edgeSent ?? of('received')
  const requests = of('polls') + of('posts') + of('upgrades')
  if (deliveries) {
    return {
      ...figures,
      nodesMicros: (of('nodesCpu') / deliveries) * 1e6,
      edgeMicros: (of('edgeCpu') / deliveries) * 1e6,
      serverMicros: ((of('nodesCpu') + of('edgeCpu')) / deliveries) * 1e6,
      upBytes: up / deliveries,
      downBytes: down / deliveries,
      bytes: (up + down) / deliveries,
      requests: requests / deliveries,
      requestsPerMessageSaid: requests / (messages || Number.NaN),
      segments: (of('segmentsIn') + of('segmentsOut')) / deliveries,
      messagesPerPacket: deliveries / (packets || Number.NaN),
      messagesPerPoll: deliveries / of('polls'),
    }
  }
  if (!clients || !seconds) return figures
  const minutes = (clients * seconds) / 60
  return {
    ...figures,
    bytesPerMinute: (up + down) / minutes,
    requestsPerMinute: requests / minutes,
    nodesMicrosPerMinute: (of('nodesCpu') / minutes) * 1e6,
    edgeMicrosPerMinute: (of('edgeCpu') / minutes) * 1e6,
  }
}
