"""Properties are tried often enough to matter and seldom enough to be quick."""

from hypothesis import settings

settings.register_profile("domain", deadline=None, max_examples=80)
settings.load_profile("domain")
