printf -v piece '%*s' $((1 << 20)) x
pieces=()
for ((i = 0; i < 2048; i++)); do
    pieces+=("$i$piece")
done
echo hello
