"""Everything that changes the register, once: HTTP, import and command line call the same handlers."""
