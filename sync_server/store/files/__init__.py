"""Files that people send: on the local disk, or on a server that speaks S3."""
