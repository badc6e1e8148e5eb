"""Recording of a device's exchanges with the server, and their replay."""
