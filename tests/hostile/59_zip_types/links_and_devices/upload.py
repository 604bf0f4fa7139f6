import stat

from tests.hostile.ziptools import entry, sent

UPLOADS = {
    "link": lambda: sent((entry("data.py", stat.S_IFLNK | 0o777), b"/etc/passwd")),
    "link_to_tests": lambda: sent((entry("t", stat.S_IFLNK | 0o777), b"../tests/suites")),
    "pipe": lambda: sent((entry("pipe", stat.S_IFIFO | 0o644), b"")),
    "device": lambda: sent((entry("disk", stat.S_IFBLK | 0o644), b"")),
    "socket": lambda: sent((entry("sock", stat.S_IFSOCK | 0o644), b"")),
    "setuid": lambda: sent((entry("run", stat.S_IFREG | stat.S_ISUID | 0o755), b"x")),
    "link_in_place_of_a_file": lambda: sent(
        (entry("layers.py", stat.S_IFLNK | 0o777), b"/etc/passwd"), layers=False
    ),
    "setuid_in_place_of_a_file": lambda: sent(
        (entry("layers.py", stat.S_IFREG | stat.S_ISUID | 0o755), b"x = 1\n"), layers=False
    ),
    "folder_with_contents": lambda: sent((entry("dir/", stat.S_IFDIR | 0o755), b"x")),
}
