"""Mails to people: whom, whether it still stands, what it says, and handing it to a mail server."""
