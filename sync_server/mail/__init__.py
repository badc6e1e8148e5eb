"""Mails: their texts, their links, and their way to an SMTP server or a directory."""
