"""How well images are read: drawn ones in classes, and photographs, each with its truth."""
