UPLOADS = {
    "nothing": lambda: [],
    "other_name": lambda: [("layer.py", b"x = 1\n")],
    "other_case": lambda: [("Layers.py", b"x = 1\n")],
    "in_two_folders": lambda: [("a/layers.py", b"x = 1\n"), ("b/layers.py", b"x = 2\n")],
}
