loop { puts "one more line of no use to anyone" }
