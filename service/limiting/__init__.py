"""How often somebody may ask: buckets that fill again with time.

A bucket holds `times` requests and is full again after `per_s` seconds. In any stretch of T
seconds nobody gets more than `times * (1 + T / per_s)` requests through, and whoever was refused
has paid nothing for the attempt.
"""
