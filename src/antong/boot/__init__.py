"""The only room that knows every room: settings, URLs, command line, processes."""
