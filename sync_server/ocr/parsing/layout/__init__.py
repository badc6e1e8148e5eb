"""Page layout: lines of text, straightened and ordered into rows."""
