"""`python -m grader.cli` is the command `grader`, for where no script is installed.

Owns nothing else: verbs are `cli.main`'s.
"""

from grader.cli import main

if __name__ == "__main__":
    main.main()
