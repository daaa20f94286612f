"""Times as people write them."""


def duration(seconds: float) -> str:
    """Write a time: `3.2 s`, `75 s`, `10 min`, `2 h 2 min`."""
    if seconds < 120:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
