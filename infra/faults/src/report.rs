//! What is written down: to the terminal, and to a file for machines.
