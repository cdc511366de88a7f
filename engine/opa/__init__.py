"""The only door to OPA: policies as a bundle, a child process, and the bulk questions."""
