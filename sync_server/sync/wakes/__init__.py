"""Wake-ups of devices in the background, by push services: who is behind, when, and the sending."""
