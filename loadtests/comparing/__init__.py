"""Two runs side by side: whether they can be compared, and what differs beyond their spread."""
