turns = 0
loop { turns += 1 }
