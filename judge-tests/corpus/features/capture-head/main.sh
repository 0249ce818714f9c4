echo hello world
echo aside >&2
