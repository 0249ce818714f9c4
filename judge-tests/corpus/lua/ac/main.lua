-- How many ways there are to put n queens on an n x n board.
local function ways(n, row, columns, up, down)
  if row > n then
    return 1
  end
  local found = 0
  for column = 1, n do
    local u, d = row + column, row - column + n
    if not (columns[column] or up[u] or down[d]) then
      columns[column], up[u], down[d] = true, true, true
      found = found + ways(n, row + 1, columns, up, down)
      columns[column], up[u], down[d] = nil, nil, nil
    end
  end
  return found
end

local n = io.read("n")
print(ways(n, 1, {}, {}, {}))
