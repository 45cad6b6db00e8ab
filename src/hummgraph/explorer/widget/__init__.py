"""Page in a notebook that talks to Python: messages both ways, checked on both sides."""
