"""Pages for people: the data of the JSON routes, server-rendered, usable without JavaScript."""
