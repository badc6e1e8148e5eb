"""Photographs of menus and workout sheets, read into drafts that a person confirms."""
