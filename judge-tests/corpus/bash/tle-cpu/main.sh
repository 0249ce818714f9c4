turns=0
while :; do
    ((turns++))
done
