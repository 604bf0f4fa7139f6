"""Walking over images, window by window."""


def positions(length, window, step):
    at = 0
    while at + window <= length:
        yield at // step, at
        at += step


def windows(height, width, window, step):
    for i, top in positions(height, window, step):
        for j, left in positions(width, window, step):
            yield i, j, slice(top, top + window), slice(left, left + window)


def count(length, window, step):
    return len(list(positions(length, window, step)))
