"""Plan: the commands that would free what was found, printed and never sent."""
