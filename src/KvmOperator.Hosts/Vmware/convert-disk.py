"""Converts one disk of an import to qcow2. Behind beneath.py, with the scope as JSON, the file of the import's record, and the number of the disk there.

What qemu-img opens are descriptors of our own in a work folder, and files that were opened and compared with the record before: it follows no name that somebody else wrote. The disk is written
under a temporary name, checked, and renamed when the source is still what it was: a file with the right name is a whole disk, and one that is there is left alone.
Lets qemu-img say how far it is, and says at the end what it is: a line "info" with qemu-img's JSON in base64.
Ends with 3 when something stands in the way before anything was written, with 4 when the source is not what was inspected any more, with 143 when somebody ends it, and with another status
when it failed while it was at it.
"""

import hashlib
import pwd
import resource
import shutil
import signal
import subprocess
import threading
import zlib

REFUSED = 3
CHANGED = 4
INTERRUPTED = 143
CHUNK = 1 << 20

# A disk that is packed as a whole is at most so much larger than VMDK makes it: its tables and a marker for each grain.
OVERHEAD = 64 << 20


class Failed(Exception):
    """What went wrong, in words for people."""


class Room:
    """The room in the store of the target."""

    def __init__(self, folder, reserve):
        self.folder = folder
        self.percent, self.most = reserve["percent"], reserve["most"]

    def space(self):
        """What can still be written, and what of it stays free for the guests that are there."""
        space = os.statvfs(self.folder)
        return space.f_bavail * space.f_frsize, min(space.f_blocks * space.f_frsize * self.percent // 100, self.most)

    def require(self, needed):
        left, reserve = self.space()
        if left < needed + reserve:
            raise Refused(
                "it needs %d MiB, and the store has %d MiB left, of which %d MiB stay free for the guests that are there: make room in the store, or name another one in a new import"
                % (needed >> 20, left >> 20, reserve >> 20))

    def is_short(self):
        left, reserve = self.space()
        return left < reserve // 2


class Conversion:
    def __init__(self, scope, record, disk):
        self.disk = disk
        self.source = Source(scope)
        self.target = os.fsencode(disk["target"])
        self.folder = os.path.dirname(self.target)
        self.part = self.target + b".kvm-operator-part"
        self.work = os.fsencode(disk["work"])
        self.joined = [self.target + b".kvm-operator-source%d" % number for number, _ in enumerate(disk["joined"])]
        self.room = Room(self.folder, record["reserve"])
        self.files = []
        self.child = None

    def run(self):
        self.open()
        self.compare_digests()
        self.prepare()
        needed = json.loads(self.tool("measure", "--output=json", "-U", "-O", "qcow2", self.disk["image"]))["required"]
        self.room.require(needed)
        if not self.convert("-W", "-m", "8", "-t", "none"):
            if self.status < 0 and not self.room.is_short():
                # The kernel, for want of memory, or somebody.
                sys.exit(INTERRUPTED)
            # Not every store can be written past the host's memory.
            if not re.search("o_direct|invalid argument", self.errors, re.IGNORECASE) or not self.convert():
                raise Failed("the copy was given up, since the store is nearly full: make room in it" if self.room.is_short() else self.errors or "qemu-img was ended")
        self.check()
        # Whatever was written to the source in between is in the copy in part.
        for file, entry in zip(self.files, self.disk["files"]):
            self.source.require(file, entry)
            os.close(self.source.open(entry))
        self.finish()

    def open(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        for entry in self.disk["files"]:
            self.files.append(self.source.open(entry))

    def pieces(self, pieces):
        for piece in pieces:
            at, end = piece["offset"], piece["offset"] + piece["length"]
            while at < end:
                content = os.pread(self.files[piece["file"]], min(CHUNK, end - at), at)
                if not content:
                    raise Changed("%s is shorter than it was" % shown(base64.b64decode(self.disk["files"][piece["file"]]["path"])))
                at += len(content)
                yield content

    def compare_digests(self):
        for digest in self.disk["digests"]:
            sum_of = hashlib.new(digest["algorithm"])
            for content in self.pieces(digest["pieces"]):
                sum_of.update(content)
            if sum_of.hexdigest() != digest["digest"]:
                raise Refused("%s has the %s %s, and its manifest says %s: download or copy it again" % (digest["name"], digest["algorithm"].upper(), sum_of.hexdigest(), digest["digest"]))

    def prepare(self):
        """Makes the work folder: links to what is open, our descriptors, and empty files for what was never written."""
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work, 0o700)
        for link in self.disk["links"]:
            os.symlink(b"/proc/self/fd/%d" % self.files[link["file"]], os.path.join(self.work, os.fsencode(link["name"])))
        for name, text in self.disk["descriptors"].items():
            with open(os.path.join(self.work, os.fsencode(name)), "w", encoding="ascii") as descriptor:
                descriptor.write(text)
        for name, size in self.disk["zeros"].items():
            with open(os.path.join(self.work, os.fsencode(name)), "wb") as zeros:
                zeros.truncate(size)
        for path, joined in zip(self.joined, self.disk["joined"]):
            self.join(path, joined)
            os.symlink(path, os.path.join(self.work, os.fsencode(joined["name"])))

    def join(self, path, joined):
        """Writes what lies in several pieces, or is packed as a whole, as one file beside the target."""
        most = self.disk["bytes"] + (self.disk["bytes"] >> 3) + OVERHEAD
        self.room.require(sum(piece["length"] for piece in joined["pieces"]))
        unpacking = zlib.decompressobj(31) if joined["isCompressed"] else None
        written = 0
        with open(path, "wb") as file:
            for content in self.pieces(joined["pieces"]):
                while content:
                    plain = content if unpacking is None else unpacking.decompress(content, CHUNK)
                    content = b"" if unpacking is None else unpacking.unconsumed_tail
                    written += len(plain)
                    if written > most:
                        raise Failed("what is packed is larger than the disk can be")
                    if self.room.is_short():
                        raise Refused("the store has no room to unpack the disk: make room in it")
                    file.write(plain)
            if unpacking is not None and not unpacking.eof:
                raise Failed("what is packed ends too early: the file is cut")

    def tool(self, *arguments):
        done = subprocess.run(["qemu-img", *arguments], pass_fds=self.files, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise Failed("qemu-img %s: %s" % (arguments[0], done.stderr.decode("utf-8", "replace").strip() or done.returncode))
        return done.stdout

    def convert(self, *options):
        """Copies, and gives up before the store is full: others write to it, too, and all guests would stand still."""
        self.child = subprocess.Popen(
            ["qemu-img", "convert", "-p", "-U", *options, "-O", "qcow2", self.disk["image"], self.part], pass_fds=self.files, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        ended = threading.Event()

        def watch():
            while not ended.wait(1):
                if self.room.is_short():
                    self.child.terminate()

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        self.errors = " ".join(self.child.communicate()[1].decode("utf-8", "replace").split())
        ended.set()
        watching.join()
        self.status = self.child.returncode
        self.child = None
        return self.status == 0

    def check(self):
        self.tool("check", "-q", "-f", "qcow2", os.fsdecode(self.part))
        info = json.loads(self.tool("info", "-f", "qcow2", "--output=json", os.fsdecode(self.part)))
        if info["virtual-size"] != self.disk["bytes"] or "backing-filename" in info:
            raise Failed("the converted disk has %d bytes, and the source has %d" % (info["virtual-size"], self.disk["bytes"]))
        self.info = info

    def finish(self):
        for name in ("libvirt-qemu", "qemu"):
            try:
                os.chown(self.part, pwd.getpwnam(name).pw_uid, pwd.getpwnam(name).pw_gid)
                break
            except KeyError:
                continue
        os.chmod(self.part, 0o600)
        with open(self.part, "rb") as part:
            os.fsync(part.fileno())
        # A link replaces nothing that is there.
        os.link(self.part, self.target)
        os.unlink(self.part)
        print("info %s" % base64.b64encode(json.dumps(self.info).encode()).decode(), flush=True)

    def clean(self):
        if self.child is not None:
            self.child.kill()
            self.child.wait()
        for path in [self.part, *self.joined]:
            try:
                os.unlink(path)
            except FileNotFoundError:
                pass
        shutil.rmtree(self.work, ignore_errors=True)


def require_store(folder, stores):
    """Whether the target is in one of the stores, and not only called so."""
    real = os.path.realpath(folder)
    if not any(is_within(real, os.path.realpath(os.fsencode(store))) for store in stores):
        raise Refused("%s lies outside of the stores of the pool: see what it is a link to" % shown(folder))
    os.makedirs(folder, exist_ok=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(INTERRUPTED))
    scope = json.loads(sys.argv[1])
    conversion = None
    try:
        with open(sys.argv[2], encoding="utf-8") as file:
            record = json.load(file)
        disk = record["disks"][int(sys.argv[3])]
        if os.path.lexists(disk["target"]):
            # Whoever renamed it may have ended before the temporary name went.
            if os.path.lexists(disk["target"] + ".kvm-operator-part"):
                os.unlink(disk["target"] + ".kvm-operator-part")
            return 0
        require_store(os.path.dirname(os.fsencode(disk["target"])), scope["stores"])
        conversion = Conversion(scope, record, disk)
        conversion.run()
        return 0
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except Changed as change:
        print(change, file=sys.stderr)
        return CHANGED
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    except FileNotFoundError as error:
        print("%s is not there any more" % shown(os.fsencode(error.filename or "")), file=sys.stderr)
        return CHANGED
    except OSError as error:
        print(words(error), file=sys.stderr)
        return 1
    finally:
        if conversion is not None:
            conversion.clean()


sys.exit(main())
