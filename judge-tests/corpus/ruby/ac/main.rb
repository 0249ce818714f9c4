count = Hash.new(0)
while (line = gets)
  line.split.each { |word| count[word] += 1 }
end
count.sort_by { |word, times| [-times, word] }.each { |word, times| puts "#{word} #{times}" }
