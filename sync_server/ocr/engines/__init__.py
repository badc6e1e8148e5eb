"""OCR engines: one interface and its implementations."""
