"""Values: what a sampled value is made of, and what it would weigh in another form."""
