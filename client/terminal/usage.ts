export const USAGE = `Usage
  npm run chat -- [--url URL] [--name NAME] [--room ROOM]      chat interactively
  COMMAND | npm run chat -- --name NAME [--json]               send each line of COMMAND, print the room's messages
  npm run chat -- demo [--url URL]                             show every feature in ten seconds
  npm run chat -- stress [--clients N] [--rate R] [--seconds S] [--rooms M]

  --url URL          address of the cluster ($HUBBUB_URL or http://localhost:8080)
  --name NAME        your name, 1 to 40 characters (your login name)
  --room ROOM        room to join; may be repeated (lobby)
  --transport T      websocket, polling, or auto: polling first, then an upgrade (auto)
  --history N        messages of history to show on join, 0 to 200 (20; piped 0)
  --json             piped: print each entry as one line of JSON (format: protocol/entry.ts)
  --fresh            sign in as a new guest instead of the last one with this URL and name
  --timeout S        seconds to wait for a connection, and on exit for unsent messages (15)

  --clients N        stress: number of clients, each with its own connection, 2 to 10,000 (500)
  --rate R           stress: messages per second per client, 0.01 to 20 (5)
  --seconds S        stress: seconds to send for (20)
  --rooms M          stress: number of rooms; each message goes to all clients of its room (10 clients per room)

When piped, each non-empty line is sent as a message, even if it starts with /. The program exits when all input is
acknowledged. Rejected messages and connection changes are printed to stderr.

Your guest token is stored in $XDG_STATE_HOME/hubbub or ~/.local/state/hubbub.

Exit codes: 0 success · 1 a message was rejected, not sent, or lost · 2 usage error · 3 no connection within --timeout
· 4 access denied by the server or a room
`
