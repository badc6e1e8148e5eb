"""What somebody who means harm would try, over HTTP against the real server."""
