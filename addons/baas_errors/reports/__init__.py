"""What is handed to others: occurrences collected, cleaned and grouped, and made into tickets and commands. The formats of files are in `formats`."""
