program Endless;
var
  turns: Int64;
begin
  turns := 0;
  while True do Inc(turns);
end.
