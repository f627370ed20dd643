"""Asks the stores of a host whether they answer. beat.sh starts it, and with the end of its input it ends.

Every question is a STATFS, which neither a cache nor a delegation answers, which needs no right to the store and leaves nothing in it, and which renews
the host's lease at the server. A store that hangs holds one thread and nobody else; it can be killed.

It reads lines "stores PATH…" and prints "store PATH ok NUMBER SECONDS UNIT BLOCKS AVAILABLE", "… missing NUMBER SECONDS", "… failed NUMBER SECONDS REASON", and
"… waiting NUMBER SECONDS" when an answer has not come by the time of the next question. Paths are written as in /proc/self/mounts.
"""

import _thread
import os
import select
import sys
from time import monotonic

INTERVAL = float(sys.argv[1])


def decode(word):
    """The path that /proc/self/mounts writes like this: the kernel escapes white space and the backslash as three octal digits."""
    first, *others = word.split(b"\\")
    return first + b"".join(bytes([int(other[:3], 8)]) + other[3:] for other in others)


def is_mounted(word):
    with open("/proc/self/mounts", "rb") as mounts:
        return any(line.split(b" ", 2)[1] == word for line in mounts)


class Store:
    def __init__(self, word):
        self.word = word
        self.is_wanted = True
        self.number = 0
        self.asked = None
        self.due = _thread.allocate_lock()
        self.due.acquire()
        _thread.start_new_thread(self.serve, ())

    def serve(self):
        path = decode(self.word)
        while True:
            self.due.acquire()
            if not self.is_wanted:
                return
            try:
                if is_mounted(self.word):
                    space = os.statvfs(path)
                    self.tell("ok", "%d %d %d" % (space.f_frsize, space.f_blocks, space.f_bavail))
                else:
                    self.tell("missing")
            except OSError as error:
                self.tell("failed", error.strerror)
            self.asked = None

    def ask(self):
        """Called by the main thread alone."""
        if self.asked is None:
            self.number += 1
            self.asked = monotonic()
            self.due.release()
        elif monotonic() - self.asked >= INTERVAL / 2:
            self.tell("waiting")

    def tell(self, state, more=""):
        text = " %s %d %.3f %s" % (state, self.number, monotonic() - self.asked, more)
        try:
            # One write: lines of several processes stand in the same pipe.
            os.write(1, b"store " + self.word + text.rstrip().encode() + b"\n")
        except OSError:
            os._exit(0)


def take(line, stores):
    words = line.split()
    if words[:1] != [b"stores"]:
        return
    for word in words[1:]:
        if word not in stores:
            stores[word] = Store(word)
    for word, store in list(stores.items()):
        store.is_wanted = word in words[1:]
        # One that hangs is kept, so that it is not asked by a second thread when it is wanted again.
        if not store.is_wanted and store.asked is None:
            store.due.release()
            del stores[word]


def main():
    stores = {}
    pending = b""
    due = monotonic()
    while True:
        if monotonic() >= due:
            due = monotonic() + INTERVAL
            for store in list(stores.values()):
                if store.is_wanted:
                    store.ask()
        if select.select([0], [], [], max(0, due - monotonic()))[0]:
            chunk = os.read(0, 65536)
            if not chunk:
                os._exit(0)
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                take(line, stores)
                due = monotonic()


main()
