def one():
    return 1


def long_list(x):
    return [0.5] * 2_000_000


def deep_list(x):
    found = []
    for _ in range(5000):
        found = [found]
    return found


def many_names(x):
    return {f"name {n}": n for n in range(500_000)}


def long_words(x):
    raise ValueError("word " * 1_000_000)
