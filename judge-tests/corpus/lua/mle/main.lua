local pieces = {}
for i = 1, 512 do
  pieces[i] = string.rep(string.char(65 + i % 26), 4 << 20)
end
print("hello")
