"""The user's records as tables: for spreadsheets, for a dietitian, for other apps."""
