"""The command line. One module for each noun; imports live inside command bodies to keep ``--help`` fast."""
