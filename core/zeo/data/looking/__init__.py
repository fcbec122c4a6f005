"""What is in a data set: statistics, plots, exports."""
