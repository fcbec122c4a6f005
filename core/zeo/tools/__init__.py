"""Small things that any program needs: files, tables, progress, processes."""
