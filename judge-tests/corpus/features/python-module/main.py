from shapes import area
from units.metric import name

print(area(*map(int, input().split())), name)
