"""Les expériences longues : ce que `benchmarks/` mesure en entier et dont un chapitre refait une ligne."""
