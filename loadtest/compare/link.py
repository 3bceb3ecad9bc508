"""Emulates a link with delay and loss on kernels without netem: two TUN devices connected by this program.

Usage: link.py NAME NAME ONE_WAY_MS LOSS. Prints `ready` when both devices exist. The devices are removed when the
program exits, which happens when its stdin closes. No bandwidth limit, no reordering.
"""

import collections
import fcntl
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
LARGEST = 65_536
AT_ONCE = 64


def device(name: str) -> int:
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return file


def main() -> None:
    one, other = device(sys.argv[1]), device(sys.argv[2])
    delay, loss = float(sys.argv[3]) / 1_000, float(sys.argv[4])
    to = {one: other, other: one}
    under_way: collections.deque[tuple[float, int, bytes]] = collections.deque()
    print("ready", flush=True)
    while True:
        wait = max(0, under_way[0][0] - time.monotonic()) if under_way else None
        readable, _, _ = select.select([one, other, sys.stdin], [], [], wait)
        if sys.stdin in readable:
            return
        now = time.monotonic()
        for file in readable:
            for _ in range(AT_ONCE):
                try:
                    packet = os.read(file, LARGEST)
                except BlockingIOError:
                    break
                except OSError:  # the device is not up yet
                    break
                if random.random() >= loss:
                    under_way.append((now + delay, to[file], packet))
        while under_way and under_way[0][0] <= time.monotonic():
            _, file, packet = under_way.popleft()
            try:
                os.write(file, packet)
            except OSError:  # the other device is down, or its queue is full
                pass


main()
