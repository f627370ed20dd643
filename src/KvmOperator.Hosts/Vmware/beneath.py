"""Opens files of a VMware source, and nothing else of the machine: this stands in front of every script that touches a source.

A source lies below one of the folders that an administrator named for it. Its path is resolved once, and then walked from that folder down without following any link, so
that nobody who may write there leads it elsewhere in between. What is a device, lies on another file system, or is a link that leaves the source, is never opened.
"""

import base64
import json
import os
import re
import stat
import sys

# How the operator calls the folder of a guest in a store: NAMESPACE_NAME. No other namespace reads there, also when the guest is gone.
GUEST_FOLDER = re.compile(rb"([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)_[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?")

# A file's identity: another one, or the same one after somebody wrote to it, has another.
IDENTITY = ("inode", "size", "mtime")


class Refused(Exception):
    """Why something is not done, in words for people. Nothing was written."""


class Changed(Exception):
    """A file is not the one that was listed any more, in words for people."""


def shown(path):
    """A path of any bytes in a message of one line."""
    return "".join(sign if sign.isprintable() else "\\x%02x" % (ord(sign) & 0xFF) for sign in path.decode("utf-8", "surrogateescape"))


def is_within(path, folder):
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def opened(part, flags, folder=None):
    return os.open(part, flags | os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY, dir_fd=folder)


def identity(status):
    return {"inode": status.st_ino, "size": status.st_size, "mtime": status.st_mtime_ns}


class Source:
    """The folder of a source, opened."""

    def __init__(self, scope):
        asked = os.fsencode(scope["path"])
        real = os.path.realpath(asked)
        roots = [os.path.realpath(os.fsencode(root)) for root in scope["roots"]]
        root = max((one for one in roots if is_within(real, one)), key=len, default=None)
        if root is None:
            # Where links of the machine lead is not for everybody who may ask for an import.
            is_named_so = any(is_within(os.path.normpath(asked), os.fsencode(one)) for one in scope["roots"])
            raise Refused("%s is not below a folder from which imports may read%s" % (shown(asked), ": a link leads out of it" if is_named_so else ""))
        for store in scope["stores"]:
            top = os.path.realpath(os.fsencode(store))
            if is_within(real, top):
                owner = GUEST_FOLDER.fullmatch(real[len(top):].lstrip(b"/").split(b"/")[0])
                if owner and owner[1] != scope["namespace"].encode():
                    raise Refused("%s lies in the folder of a guest in the namespace %s" % (shown(asked), owner[1].decode()))
        status = os.stat(real)
        if not (stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)):
            raise Refused("%s is neither a folder nor a file" % shown(asked))
        # Of a file its folder is the source: the disks lie beside the .vmx.
        self.file = None if stat.S_ISDIR(status.st_mode) else os.path.basename(real)
        self.path = real if self.file is None else os.path.dirname(real)
        if not is_within(self.path, root):
            raise Refused("%s is itself a folder from which imports may read, and no folder" % shown(asked))
        # The administrator's own folder may be a link, and what is below it may not.
        self.folder = opened(root, os.O_DIRECTORY)
        for part in [part for part in self.path[len(root):].split(b"/") if part]:
            self.folder = opened(part, os.O_DIRECTORY | os.O_NOFOLLOW, self.folder)
        self.device = os.fstat(self.folder).st_dev

    def parent(self, path):
        """The opened folder of a file below the source, and the file's name."""
        *folders, name = path.split(b"/")
        if not name or b".." in folders or b"." in folders or name in (b".", b".."):
            raise Refused("%s is no path below the source" % shown(path))
        at = self.folder
        for part in folders:
            below = opened(part, os.O_DIRECTORY | os.O_NOFOLLOW, at)
            if at != self.folder:
                os.close(at)
            at = below
        return at, name

    def open(self, entry):
        """A file as it was listed.

        Raises Changed when it is another one by now.
        """
        path = base64.b64decode(entry["path"])
        # A link within the source is followed once, by hand, and what it leads to is walked like any other path.
        real = os.path.realpath(os.path.join(self.path, path))
        if not is_within(real, self.path) or real == self.path:
            raise Changed("%s leads out of the source" % shown(path))
        folder, name = self.parent(real[len(self.path) + 1:])
        file = opened(name, os.O_NOFOLLOW | os.O_NONBLOCK, folder)
        if folder != self.folder:
            os.close(folder)
        self.require(file, entry)
        return file

    def require(self, file, entry):
        """Raises Changed unless an opened file is what was listed."""
        status = os.fstat(file)
        now = identity(status)
        if not stat.S_ISREG(status.st_mode) or status.st_dev != self.device or any(now[key] != entry[key] for key in IDENTITY):
            raise Changed("%s was changed or replaced" % shown(base64.b64decode(entry["path"])))


def words(error):
    """What an operating system says, in one line."""
    return "%s: %s" % (shown(os.fsencode(error.filename)), error.strerror) if error.filename is not None and not isinstance(error.filename, int) else error.strerror or str(error)
