"""The logbook in the browser: files of the built app, served under /app."""
