import sys
from collections import Counter

count = Counter(sys.stdin.read().split())
for word, times in sorted(count.items(), key=lambda entry: (-entry[1], entry[0])):
    print(word, times)
