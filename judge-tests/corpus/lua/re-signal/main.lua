print("hello")
local nothing
print(nothing.field)
