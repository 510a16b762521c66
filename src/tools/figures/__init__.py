"""The figures of README.md: networks as the code builds them, signs of angles, the sample."""
