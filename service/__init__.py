"""The edge: HTTP, pages, command line, and the one place where the parts are put together."""
