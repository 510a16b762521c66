"""The commands of the programs, from their options to the output files."""
