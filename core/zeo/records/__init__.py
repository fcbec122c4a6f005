"""What a run keeps of its candidates: records with the atoms of survivors, in parts of so many indices."""
