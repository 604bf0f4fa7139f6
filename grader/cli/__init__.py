"""The command line: one verb per subcommand."""
