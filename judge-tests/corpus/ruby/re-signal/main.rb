puts "hello"
puts nil + 1
