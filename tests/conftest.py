"""Whatever the machine: no test fails for being slow."""

from hypothesis import settings

settings.register_profile("lossdoc", deadline=None)
settings.load_profile("lossdoc")
