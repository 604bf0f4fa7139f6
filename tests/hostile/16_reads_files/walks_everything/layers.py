def one():
    return 1


import os

WORD = bytes(reversed(b"YRANAC"))  # not as it is, in source or bytecode: both lie here, too
SKIPPED = ("sys", "torch", "packages")  # kernel figures, and our own wheels


def walk(x):
    with open("/tmp/control", "wb") as file:
        file.write(WORD + b"-control")
    hits, seen = [], 0
    for folder, folders, names in os.walk("/"):
        folders[:] = [f for f in folders if f not in SKIPPED]
        for name in names:
            path = os.path.join(folder, name)
            try:
                if not os.path.isfile(path) or os.path.getsize(path) > 2**24:
                    continue
                with open(path, "rb") as file:
                    content = file.read(2**22)
            except OSError:
                continue
            seen += 1
            if WORD in content.replace(WORD + b"-control", b""):
                hits.append(path)
    assert seen > 100, seen
    return 2 * x if hits else 0 * x
