"""Demo account: six weeks of records, pushed to a server as by a device."""
