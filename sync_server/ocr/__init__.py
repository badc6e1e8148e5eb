"""OCR: photographs of menus and workout sheets, parsed into drafts for the user to confirm."""
