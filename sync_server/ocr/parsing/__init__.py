"""Parsers from positioned lines of text to drafts: pure functions, no engine, no server."""
