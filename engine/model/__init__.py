"""What is declared and what is derived: the vocabulary of every room."""
