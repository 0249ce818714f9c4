while :; do
    echo one more line of no use to anyone
done
