"""Ways to draw the generator toward targets while it is trained."""
