"""Deletes what an import's record lists as disposable. Behind beneath.py, with the scope as JSON and the file of the record.

A file goes only when it is still the one that was listed: in the opened folder, of the same number, size and time. Folders that VMware fills by itself go when nothing is left in them.
Prints JSON: how many files and bytes were deleted, and what stays, with the reason.
"""


def delete(source, item):
    path = base64.b64decode(item["path"])
    folder, name = source.parent(path)
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode) or status.st_dev != source.device or any(identity(status)[key] != item[key] for key in IDENTITY):
        raise Changed("it was changed or replaced")
    os.unlink(name, dir_fd=folder)


def remove_empty(source, folders):
    for folder in sorted(folders, key=len, reverse=True):
        try:
            at, name = source.parent(folder)
            os.rmdir(name, dir_fd=at)
        except OSError:
            # Something else lies there, or it was never there.
            continue


def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        items = json.load(file)["trim"]
    told = {"files": 0, "bytes": 0, "kept": []}
    try:
        source = Source(json.loads(sys.argv[1]))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 3
    folders = set()
    for item in items:
        path = base64.b64decode(item["path"])
        try:
            delete(source, item)
            told["files"] += 1
            told["bytes"] += item["size"]
        except FileNotFoundError:
            # By an earlier try, or by somebody else: it is gone as it should be.
            pass
        except (Changed, Refused) as problem:
            told["kept"].append("%s: %s" % (shown(path), problem))
        except OSError as error:
            told["kept"].append("%s: %s" % (shown(path), error.strerror))
        while b"/" in path:
            path = path.rpartition(b"/")[0]
            folders.add(path)
    remove_empty(source, folders)
    print(json.dumps(told))
    return 0


sys.exit(main())
