while true do
  print("one more line of no use to anyone")
end
