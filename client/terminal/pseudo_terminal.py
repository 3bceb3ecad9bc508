"""Runs a command in a pseudo-terminal, for tests: stdin is its keyboard, its output goes to stdout.

    pseudo_terminal.py COLUMNS ROWS COMMAND [ARGUMENT ...]

A line "COLUMNS ROWS" on file descriptor 3 resizes the window. The exit code is that of the command.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios

RESIZES = 3


def resize(terminal: int, columns: str, rows: str) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


def main() -> int:
    columns, rows, *command = sys.argv[1:]
    # The command waits until the window has its size.
    ready, go = os.pipe()
    child, terminal = pty.fork()
    if child == 0:
        os.close(go)
        os.read(ready, 1)
        os.execvp(command[0], command)
    resize(terminal, columns, rows)
    os.close(ready)
    os.write(go, b"!")
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGHUP))

    sources = {0, RESIZES, terminal}
    while terminal in sources:
        for source in select.select(list(sources), [], [])[0]:
            try:
                data = os.read(source, 65536)
            except OSError:
                # Linux reports EIO when the other side of the terminal is closed.
                data = b""
            if not data:
                sources.discard(source)
            elif source == terminal:
                os.write(1, data)
            elif source == 0:
                os.write(terminal, data)
            else:
                for line in data.decode().splitlines():
                    resize(terminal, *line.split())
                os.kill(child, signal.SIGWINCH)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


sys.exit(main())
