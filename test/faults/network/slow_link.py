"""Passes Ethernet frames between two interfaces of this network namespace, late, and not all of them.

    slow_link.py INTERFACE INTERFACE DELAY_MS JITTER_MS LOSS_PERCENT

What `tc netem` does, for kernels without it. Frames keep their order, as netem's do with a jitter that is
smaller than the time between them; segmentation and checksums that were left to the device stay so
(PACKET_VNET_HDR). Prints a line once it passes frames on; ends with its standard input.
"""

import random
import select
import socket
import sys
import time
from collections import deque

SOL_PACKET = 263
PACKET_VNET_HDR = 15
ETH_P_ALL = 3
# Longer than any frame with its header, also one that the device is to cut into pieces.
MOST_BYTES = 1 << 17
# As the queue of an interface: what is beyond it is lost.
MOST_FRAMES = 10_000


def opened(name):
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    link.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    link.bind((name, ETH_P_ALL))
    link.setblocking(False)
    return link


def main(first, second, delay, jitter, loss):
    links = [opened(first), opened(second)]
    other = {links[0]: links[1], links[1]: links[0]}
    waiting = {link: deque() for link in links}
    print("passing", flush=True)
    while True:
        due = [queue[0][0] for queue in waiting.values() if queue]
        timeout = max(0, min(due) - time.monotonic()) if due else None
        ready, _, _ = select.select([*links, sys.stdin], [], [], timeout)
        now = time.monotonic()
        if sys.stdin in ready and not sys.stdin.buffer.read1(1):
            return
        for link in ready:
            if link is not sys.stdin:
                receive(link, waiting[other[link]], now, delay, jitter, loss)
        for link, queue in waiting.items():
            while queue and queue[0][0] <= now:
                try:
                    link.send(queue.popleft()[1])
                except OSError:
                    pass  # The interface is down, or its queue is full: the frame is lost, as it would be.


def receive(link, queue, now, delay, jitter, loss):
    while True:
        try:
            frame, address = link.recvfrom(MOST_BYTES)
        except BlockingIOError:
            return
        except OSError:
            return  # The interface is down.
        if address[2] == socket.PACKET_OUTGOING or random.random() < loss or len(queue) >= MOST_FRAMES:
            continue
        queue.append((now + delay + random.uniform(-jitter, jitter), frame))


main(sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1e3, float(sys.argv[4]) / 1e3, float(sys.argv[5]) / 100)
