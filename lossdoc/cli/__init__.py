"""The command line: parse, call `lossdoc.api`, write, exit. No judgement happens here."""
