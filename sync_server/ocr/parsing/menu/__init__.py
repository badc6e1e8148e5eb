"""Menu parser: dishes with sections, prices and nutrients."""
