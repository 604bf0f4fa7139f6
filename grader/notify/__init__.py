"""Messages to people and programs: of which kinds, in which words, by SMTP or webhook."""
