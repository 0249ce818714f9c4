echo "step 1" > log
echo "step 2" >> log
mkdir out
echo deep > out/deep
printf '\xff\x00' > bytes
echo done
