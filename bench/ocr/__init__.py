"""OCR benchmark: drawn images in classes, and photographs, each with its ground truth."""
