echo hello
kill -SEGV $$
