pieces = []
512.times { |i| pieces << (i % 10).to_s * (4 << 20) }
puts "hello"
