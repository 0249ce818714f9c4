sum=0
while read -r -a numbers; do
    for number in "${numbers[@]}"; do
        ((sum += number))
    done
done
echo "$sum"
