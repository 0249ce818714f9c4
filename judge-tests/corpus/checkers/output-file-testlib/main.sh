mkdir out
cat > out/result.txt
echo noise
