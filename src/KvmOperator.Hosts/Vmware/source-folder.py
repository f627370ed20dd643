"""Lists a source and reads pieces of its files, while its input is open. Behind beneath.py, with the scope as JSON.

Prints a line of JSON for each thing that lies there, then one with "listed" (the time) and "file" (the name, when the path is a file); or one with "refused" or "unreadable".
Then it reads lines "INDEX OFFSET COUNT", of which INDEX counts the things, and answers each with "bytes" in base64, "changed", or "unreadable".
"""

import signal
import time

# A folder that somebody named by mistake is not listed to its end.
MOST_ENTRIES = 20000
MOST_LEVELS = 8
MOST_BYTES = 1 << 20

# Without a word for so long nobody listens any more.
PATIENCE = 180


def say(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def describe(source, folder, path, name):
    """What lies at a path, and the folder to go into when it is one."""
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        real = os.path.realpath(os.path.join(source.path, path))
        if not is_within(real, source.path):
            return {"kind": "outside"}
        try:
            status = os.stat(real, follow_symlinks=False)
        except OSError:
            return {"kind": "other"}
        # What a linked folder has is listed where it lies.
        return dict(identity(status), kind="file") if stat.S_ISREG(status.st_mode) and status.st_dev == source.device else {"kind": "other"}
    if status.st_dev != source.device:
        return {"kind": "other"}
    if stat.S_ISDIR(status.st_mode):
        return dict(identity(status), kind="folder")
    return dict(identity(status), kind="file") if stat.S_ISREG(status.st_mode) else {"kind": "other"}


def walk(source):
    """All that lies in the source. Of an archive only itself: what lies beside it has nothing to do with it."""
    if source.file is not None and source.file.lower().endswith(b".ova"):
        yield dict(describe(source, source.folder, source.file, source.file), path=source.file)
        return
    waiting = [(b"", source.folder, 1)]
    while waiting:
        prefix, folder, level = waiting.pop()
        for name in sorted(os.fsencode(one) for one in os.listdir(folder)):
            path = prefix + name
            try:
                what = describe(source, folder, path, name)
                if what["kind"] == "folder" and level < MOST_LEVELS:
                    waiting.append((path + b"/", opened(name, os.O_DIRECTORY | os.O_NOFOLLOW, folder), level + 1))
            except OSError as error:
                # It went in between, or may not be looked at: then it cannot be read either.
                what = {"kind": "other", "why": error.strerror}
            yield dict(what, path=path)
        if folder != source.folder:
            os.close(folder)


def listing(source):
    entries = []
    for entry in walk(source):
        if len(entries) == MOST_ENTRIES:
            raise Refused("%s has more than %d files: name the folder of one machine" % (shown(source.path), MOST_ENTRIES))
        entries.append(dict(entry, path=base64.b64encode(entry["path"]).decode()))
        say(**entries[-1])
    say(listed=time.time_ns(), file=None if source.file is None else base64.b64encode(source.file).decode())
    return entries


def piece(source, files, entries, line):
    index, offset, count = (int(word) for word in line.split())
    if index not in files:
        if len(files) == 64:
            os.close(files.pop(next(iter(files))))
        files[index] = source.open(entries[index])
    content = b""
    count = min(count, MOST_BYTES)
    while len(content) < count:
        more = os.pread(files[index], count - len(content), offset + len(content))
        if not more:
            break
        content += more
    source.require(files[index], entries[index])
    return base64.b64encode(content).decode()


def main():
    signal.alarm(PATIENCE)
    try:
        source = Source(json.loads(sys.argv[1]))
        entries = listing(source)
    except Refused as refusal:
        say(refused=str(refusal))
        return
    except OSError as error:
        say(unreadable=words(error))
        return
    files = {}
    for line in sys.stdin:
        signal.alarm(PATIENCE)
        try:
            say(bytes=piece(source, files, entries, line))
        except (Changed, Refused) as problem:
            say(changed=str(problem))
        except OSError as error:
            say(unreadable=words(error))


main()
