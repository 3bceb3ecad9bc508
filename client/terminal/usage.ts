export const USAGE = `Usage
  npm run chat -- [--url URL] [--name NAME] [--room ROOM]      talk at a terminal
  COMMAND | npm run chat -- --name NAME [--json]               say each line of COMMAND, print what is said
  npm run chat -- demo [--url URL]                             every feature in ten seconds
  npm run chat -- stress [--clients N] [--rate R] [--seconds S] [--rooms M]

  --url URL          where the cluster is ($HUBBUB_URL, or http://localhost:8080)
  --name NAME        who you are, 1 to 40 characters (your login name)
  --room ROOM        the room to talk in; several times to be in several (lobby)
  --transport T      websocket, polling, or auto: polling first, then an upgrade (auto)
  --history N        so many of a room's newest messages are shown on coming in, 0 to 200 (20; piped 0)
  --json             piped: every entry as one line of JSON, as protocol/entry.ts has it
  --fresh            be a new guest; otherwise the same URL and name are the same guest again
  --timeout S        how long to wait for a connection, and at the end for what is not sent yet (15)

  --clients N        stress: how many people, each with a connection of their own, 2 to 10,000 (500)
  --rate R           stress: messages a second that each of them says, 0.01 to 20 (5)
  --seconds S        stress: for how long (20)
  --rooms M          stress: spread over so many rooms; a message is delivered to everyone in its room (ten people a room)

Piped, every line that is not empty is one message, also one that begins with /. The program ends when all of its input
is acknowledged. What is refused, and what happens to the connection, is said on stderr.

The token that makes you the same guest again is kept in $XDG_STATE_HOME/hubbub, or ~/.local/state/hubbub.

Exit codes: 0 all well · 1 something was refused, not sent, or lost · 2 wrong usage · 3 no connection within --timeout
· 4 not let in, by the cluster or a room
`
