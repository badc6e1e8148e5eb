"""From positioned lines of text to drafts: pure functions, without an engine or a server."""
